# Machines that come and go by themselves, each with the agent: it registers at the boot, and announces its leaving when
# the group ends it. An example to start from; docs/how-to/ecs.md says how far it was tried.
locals {
  user_data = templatefile("${path.module}/user-data.yaml.tftpl", {
    repository_url = trimsuffix(var.repository_url, "/")
    repository_key = var.repository_key
    token_secret   = var.token_secret_arn
    arguments      = join(" ", [for name, value in var.labels : "--label=${name}=${value}"])
  })
}

data "aws_iam_policy_document" "machine" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "token" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [var.token_secret_arn]
  }
}

resource "aws_iam_role" "machine" {
  name_prefix        = "${var.name}-"
  assume_role_policy = data.aws_iam_policy_document.machine.json
}

resource "aws_iam_role_policy" "token" {
  name_prefix = "vigie-token-"
  role        = aws_iam_role.machine.id
  policy      = data.aws_iam_policy_document.token.json
}

resource "aws_iam_instance_profile" "machine" {
  name_prefix = "${var.name}-"
  role        = aws_iam_role.machine.name
}

resource "aws_security_group" "exporter" {
  name_prefix = "${var.name}-exporter-"
  description = "Prometheus reaches the exporter"
  vpc_id      = var.vpc_id

  ingress {
    description     = "scrapes"
    from_port       = 9100
    to_port         = 9100
    protocol        = "tcp"
    security_groups = [var.monitor_security_group_id]
  }

  egress {
    description = "the repository, the secret, Consul's servers"
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_launch_template" "machine" {
  name_prefix            = "${var.name}-"
  image_id               = var.image_id
  instance_type          = var.instance_type
  vpc_security_group_ids = [aws_security_group.exporter.id]
  user_data              = base64encode(local.user_data)

  iam_instance_profile {
    arn = aws_iam_instance_profile.machine.arn
  }

  # The exporter reads facts of the cloud by the second version alone.
  metadata_options {
    http_tokens   = "required"
    http_endpoint = "enabled"
  }
}

resource "aws_autoscaling_group" "machines" {
  name_prefix         = "${var.name}-"
  min_size            = var.size.min
  max_size            = var.size.max
  vpc_zone_identifier = var.subnet_ids
  health_check_type   = "EC2"

  launch_template {
    id      = aws_launch_template.machine.id
    version = aws_launch_template.machine.latest_version
  }

  instance_refresh {
    strategy = "Rolling"
    preferences {
      min_healthy_percentage = 90
    }
  }

  tag {
    key                 = "Name"
    value               = var.name
    propagate_at_launch = true
  }
}
