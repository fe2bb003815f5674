terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "aws" {
  region = var.region
}

variable "region" {
  description = "Region of the layer and of its functions."
  type        = string
  default     = "us-east-1"
}

locals {
  dist = "${path.module}/../dist"
}

module "layer" {
  source = "../../../terraform"

  layer_name               = "extract-text"
  filename                 = "${local.dist}/extract-text-python3.11-x86_64.zip"
  compatible_runtimes      = ["python3.11"]
  compatible_architectures = ["x86_64"]
  skip_destroy             = true
}

# tiktoken's encoding: a private subnet can't fetch it at run time.
module "encoding" {
  source = "../../../terraform"

  layer_name               = "extract-text-encoding"
  filename                 = "${local.dist}/encoding.zip"
  compatible_runtimes      = ["python3.11"]
  compatible_architectures = ["x86_64", "arm64"]
  skip_destroy             = true
}

resource "aws_iam_role" "function" {
  name = "extract-text"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.function.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_lambda_function" "extract_text" {
  function_name    = "extract-text"
  role             = aws_iam_role.function.arn
  runtime          = "python3.11"
  architectures    = ["x86_64"]
  handler          = "extract_text.handler"
  filename         = "${local.dist}/function.zip"
  source_code_hash = filebase64sha256("${local.dist}/function.zip")
  layers           = [module.layer.arn, module.encoding.arn]
  memory_size      = 1024
  timeout          = 30
}

output "layer_arn" {
  value = module.layer.arn
}
