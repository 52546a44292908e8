variable "name" {
  description = "Name of the group and of its machines' tag Name."
  type        = string
}

variable "image_id" {
  description = "The machine image: Debian 12 or 13 with Consul's client agent in it."
  type        = string
}

variable "instance_type" {
  description = "The type of the machines."
  type        = string
  default     = "t3.small"
}

variable "subnet_ids" {
  description = "Where the machines run."
  type        = list(string)
}

variable "vpc_id" {
  description = "The network of the subnets."
  type        = string
}

variable "monitor_security_group_id" {
  description = "The security group of the machines that run Prometheus: it alone reaches port 9100."
  type        = string
}

variable "size" {
  description = "How many machines there are, at least and at most."
  type        = object({ min = number, max = number })
  default     = { min = 1, max = 3 }

  validation {
    condition     = var.size.min >= 0 && var.size.max >= var.size.min
    error_message = "Expected 0 <= min <= max."
  }
}

variable "repository_url" {
  description = "Where `make repository` is served."
  type        = string

  validation {
    condition     = can(regex("^https://[^/]+", var.repository_url))
    error_message = "Expected an address such as https://packages.example.org."
  }
}

variable "repository_key" {
  description = "The public key of the repository: the text of vigie.asc."
  type        = string
}

variable "token_secret_arn" {
  description = "The secret in Secrets Manager that holds the Consul token for these machines."
  type        = string
}

variable "labels" {
  description = "Labels of the targets, such as env and team."
  type        = map(string)
  default     = {}
}
