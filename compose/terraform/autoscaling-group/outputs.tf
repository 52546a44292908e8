output "autoscaling_group_name" {
  description = "The name of the group."
  value       = aws_autoscaling_group.machines.name
}

output "security_group_id" {
  description = "The security group that lets Prometheus in."
  value       = aws_security_group.exporter.id
}
