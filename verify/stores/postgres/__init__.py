"""PostgreSQL: rows digested inside the servers, or passed on in key order."""
