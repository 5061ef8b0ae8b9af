# The stack, made by Terraform from the files of a release in a bucket of the
# same Region. Use it as a module, from a checkout of that release:
#
#   module "log_group_kms" {
#     source          = "./log-group-kms/deploy/terraform"
#     region          = "eu-west-1"
#     code_bucket     = "my-code-eu-west-1"
#     code_prefix     = "log-group-kms/"
#     parameters_file = "log-group-kms/.build/parameters/prod.json"
#   }

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "stack_name" {
  description = "Name of the stack"
  type        = string
  default     = "log-group-kms"
}

variable "region" {
  description = "Region of the bucket and the stack"
  type        = string
}

variable "code_bucket" {
  description = "Bucket that holds the files of the release"
  type        = string
}

variable "code_prefix" {
  description = "What the keys of these files begin with; empty, or ending in a slash"
  type        = string
  default     = ""
}

variable "parameters_file" {
  description = "The deployment's parameters, as make parameters has checked and written them: .build/parameters/DEPLOYMENT.json"
  type        = string
}

locals {
  release    = trimspace(file("${path.module}/../../VERSION"))
  domain     = startswith(var.region, "cn-") ? "amazonaws.com.cn" : "amazonaws.com"
  parameters = { for p in jsondecode(file(var.parameters_file)) : p.ParameterKey => p.ParameterValue }
}

resource "aws_cloudformation_stack" "log_group_kms" {
  name         = var.stack_name
  template_url = "https://${var.code_bucket}.s3.${var.region}.${local.domain}/${var.code_prefix}template.packaged.yaml"
  capabilities = ["CAPABILITY_IAM"]

  parameters = merge(local.parameters, {
    CodeBucket = var.code_bucket
    CodeKey    = "${var.code_prefix}log-group-kms-${local.release}-${local.parameters.Architecture}.zip"
  })
}

output "outputs" {
  description = "Outputs of the stack"
  value       = aws_cloudformation_stack.log_group_kms.outputs
}
