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

variable "database_url" {
  description = "postgresql://user:password@host/database"
  type        = string
  sensitive   = true
}

locals {
  dist = "${path.module}/../dist"
}

module "layer" {
  source = "../../../terraform"

  layer_name               = "document-processor"
  filename                 = "${local.dist}/document-processor-python3.11-x86_64.zip"
  compatible_runtimes      = ["python3.11"]
  compatible_architectures = ["x86_64"]
  skip_destroy             = true
}

resource "aws_iam_role" "function" {
  name = "document-processor"
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

resource "aws_lambda_function" "document_processor" {
  function_name    = "document-processor"
  role             = aws_iam_role.function.arn
  runtime          = "python3.11"
  architectures    = ["x86_64"]
  handler          = "document_processor.handler"
  filename         = "${local.dist}/function.zip"
  source_code_hash = filebase64sha256("${local.dist}/function.zip")
  layers           = [module.layer.arn]
  memory_size      = 1024
  timeout          = 30

  environment {
    variables = { DATABASE_URL = var.database_url }
  }
}

resource "aws_lambda_function" "book_upload" {
  function_name    = "book-upload"
  role             = aws_iam_role.function.arn
  runtime          = "python3.11"
  architectures    = ["x86_64"]
  handler          = "book_upload.handler"
  filename         = "${local.dist}/function.zip"
  source_code_hash = filebase64sha256("${local.dist}/function.zip")
  layers           = [module.layer.arn]
  memory_size      = 1024
  timeout          = 30

  environment {
    variables = { DATABASE_URL = var.database_url }
  }
}

resource "aws_lambda_function_url" "book_upload" {
  function_name      = aws_lambda_function.book_upload.function_name
  authorization_type = "AWS_IAM"
}

output "book_upload_url" {
  value = aws_lambda_function_url.book_upload.function_url
}

output "layer_arn" {
  value = module.layer.arn
}
