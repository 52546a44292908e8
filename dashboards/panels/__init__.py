"""What boards are made of: panels, tables, variables, links, and the queries that several boards share."""
