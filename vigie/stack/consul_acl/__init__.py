"""Who may do what in Consul: one role for each part, its policy, its token, and the file that the token lies in."""
