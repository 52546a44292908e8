"""The PromQL that pages and charts ask, a file for each subject; `vigie lint` checks all of it."""
