"""The view of the report page: pure functions from the result document to frozen records that templates print."""
