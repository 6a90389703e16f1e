"""What is to be compared: pairs of tables with their keys and columns, from the configuration or as a draft."""
