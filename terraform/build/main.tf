# Builds a layer that layerwright.toml or pyproject.toml declares, while terraform applies, where one of its sources changed.
# The layer's hash is that of the sources, so a plan needs no zip: a fresh checkout of what is deployed changes nothing.

terraform {
  required_version = ">= 1.5"
}

variable "folder" {
  description = "Folder that declares the layer."
  type        = string
}

variable "target" {
  description = "Target to build for, such as python3.11-x86_64."
  type        = string

  validation {
    condition     = can(regex("^python3\\.[0-9]+-(x86_64|arm64)$", var.target))
    error_message = "A target is a runtime and an architecture, such as python3.11-x86_64."
  }
}

variable "layer" {
  description = "Name of the layer, where several are declared."
  type        = string
  default     = null
}

variable "sources" {
  description = "Patterns of the files, below `folder`, that say what is in the layer. With a lock among them the hash stands for the exact content."
  type        = list(string)
  default = [
    "layerwright.toml", "pyproject.toml", "*requirements*.{in,txt}", "uv.lock", "poetry.lock", "Pipfile.lock",
    "pylock*.toml", "locks/*.toml",
  ]
}

variable "program" {
  description = "How layerwright is started."
  type        = list(string)
  default     = ["layerwright"]
}

locals {
  target  = split("-", var.target)
  zip     = "dist/${var.layer == null ? "layer" : var.layer}-${var.target}.zip"
  sources = distinct(flatten([for pattern in var.sources : sort(fileset(var.folder, pattern))]))
  hash = base64sha256(jsonencode([
    var.target, [for path in local.sources : [path, filesha256("${var.folder}/${path}")]],
  ]))
}

resource "terraform_data" "zip" {
  input            = "${var.folder}/${local.zip}"
  triggers_replace = [local.hash]

  lifecycle {
    precondition {
      condition     = length(local.sources) > 0
      error_message = "${var.folder} holds none of the files that `sources` names."
    }
  }

  provisioner "local-exec" {
    # The command is the last argument of its interpreter: so none of these words goes through a shell.
    interpreter = concat(
      var.program, ["build", "--target", var.target], var.layer == null ? [] : ["--name", var.layer], ["-o"]
    )
    command     = local.zip
    working_dir = var.folder
  }
}

output "filename" {
  description = "The zip, once it is built; give it to the layer module."
  value       = terraform_data.zip.output
}

output "source_code_hash" {
  description = "Hash of the sources and the target, known before the zip is there; give it to the layer module."
  value       = local.hash
}

output "compatible_runtimes" {
  description = "The runtime that it is built for."
  value       = [local.target[0]]
}

output "compatible_architectures" {
  description = "The architecture that it is built for."
  value       = [local.target[1]]
}
