"""What series cost and who may have how many: `vigie usage`, and the budgets as rules."""
