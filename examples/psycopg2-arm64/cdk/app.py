"""The layer and its function as a CDK app: pip install 'layerwright[cdk]', then cdk synth."""

from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from layerwright.cdk import PythonLayer

HERE = Path(__file__).parent


class DatabaseStack(Stack):
    """A function that asks a database, with psycopg2 in its layer."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        layer = PythonLayer(self, "Psycopg2", folder=HERE.parent, layer_version_name="psycopg2-py311")
        function = lambda_.Function(
            self,
            "Query",
            function_name="database-query",
            code=lambda_.Code.from_asset(str(HERE.parent / "function")),
            handler="query.handler",
            runtime=layer.runtime,
            architecture=layer.architecture,
            layers=[layer],
            timeout=Duration.seconds(30),
        )
        CfnOutput(self, "LayerArn", value=layer.layer_version_arn)
        CfnOutput(self, "FunctionName", value=function.function_name)


app = App()
DatabaseStack(app, "Database")
app.synth()
