"""What the `cdk` command runs: every environment, or the one named by `-c environment=dev`."""

from aldea_infra.environments import ENVIRONMENTS
from aldea_infra.stage import AldeaStage, new_app
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks


app = new_app(ENVIRONMENTS)
chosen = app.node.try_get_context("environment")
for settings in ENVIRONMENTS:
    if chosen in (None, settings.name):
        AldeaStage(app, settings)
Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
