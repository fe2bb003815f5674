# Builds a layer that layerwright.toml or pyproject.toml declares, while terraform plans. An unchanged lock gives the same
# bytes, so a plan after a plan changes nothing.

terraform {
  required_version = ">= 1.5"

  required_providers {
    external = {
      source  = "hashicorp/external"
      version = ">= 2.3"
    }
  }
}

variable "folder" {
  description = "Folder that declares the layer."
  type        = string
}

variable "layer" {
  description = "Name of the layer, where several are declared."
  type        = string
  default     = null
}

variable "target" {
  description = "Target to build for, such as python3.11-x86_64."
  type        = string
}

variable "program" {
  description = "How layerwright is started."
  type        = list(string)
  default     = ["layerwright"]
}

data "external" "layer" {
  program = ["python3", "${path.module}/build.py"]
  query = {
    folder  = var.folder
    layer   = var.layer == null ? "" : var.layer
    target  = var.target
    program = jsonencode(var.program)
  }
}

output "filename" {
  description = "The zip; give it to the layer module."
  value       = data.external.layer.result.filename
}

output "source_code_hash" {
  description = "Base64 of the zip's sha256; give it to the layer module."
  value       = data.external.layer.result.source_code_hash
}

output "compatible_runtimes" {
  description = "The runtime that it was built for."
  value       = [data.external.layer.result.runtime]
}

output "compatible_architectures" {
  description = "The architecture that it was built for."
  value       = [data.external.layer.result.architecture]
}
