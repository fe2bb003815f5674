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

  layer_name               = "ocr-pipeline"
  filename                 = "${local.dist}/ocr-pipeline-python3.9-x86_64.zip"
  compatible_runtimes      = ["python3.9"]
  compatible_architectures = ["x86_64"]
  skip_destroy             = true
}

resource "aws_iam_role" "function" {
  name = "ocr-pipeline"
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

resource "aws_lambda_function" "ocr_pipeline" {
  function_name    = "ocr-pipeline"
  role             = aws_iam_role.function.arn
  runtime          = "python3.9"
  architectures    = ["x86_64"]
  handler          = "prepare_image.handler"
  filename         = "${local.dist}/function.zip"
  source_code_hash = filebase64sha256("${local.dist}/function.zip")
  layers           = [module.layer.arn]
  memory_size      = 1024
  timeout          = 30
}

output "layer_arn" {
  value = module.layer.arn
}
