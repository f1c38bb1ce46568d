"""The web firewall in front of the load balancer."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from aldea_infra.settings import Environment


# WAF sees the first 8 KiB of a body that an ALB receives, so no smaller and no larger bound is exact.
LARGEST_BODY = 8192
UPLOAD_PATHS = ("/v1/listen", "/v1/audio/")

_Statement = waf.CfnWebACL.StatementProperty


def web_acl(scope: Construct, settings: Environment) -> waf.CfnWebACL:
    """
    Managed rules, a rate rule, and a size rule.

    Uploads and WebSockets are exempt from rules that read bodies: audio is any sequence of bytes.
    """
    acl = waf.CfnWebACL(
        scope,
        "Firewall",
        name=settings.prefix,
        scope="REGIONAL",
        default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
        visibility_config=_visibility("all"),
        rules=[
            _managed("AWSManagedRulesAmazonIpReputationList", 10),
            waf.CfnWebACL.RuleProperty(
                name="rate",
                priority=20,
                action=waf.CfnWebACL.RuleActionProperty(
                    block=waf.CfnWebACL.BlockActionProperty(
                        custom_response=waf.CfnWebACL.CustomResponseProperty(
                            response_code=429,
                            response_headers=[
                                waf.CfnWebACL.CustomHTTPHeaderProperty(
                                    name="Retry-After", value="60"
                                )
                            ],
                        )
                    )
                ),
                statement=_Statement(
                    rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                        limit=settings.requests_per_five_minutes,
                        aggregate_key_type="IP",
                        evaluation_window_sec=300,
                    )
                ),
                visibility_config=_visibility("rate"),
            ),
            waf.CfnWebACL.RuleProperty(
                name="size",
                priority=30,
                action=waf.CfnWebACL.RuleActionProperty(block={}),
                statement=_all([_is_large(), *(_not(each) for each in _exempt())]),
                visibility_config=_visibility("size"),
            ),
            _managed("AWSManagedRulesKnownBadInputsRuleSet", 40, only=_not_exempt()),
            _managed("AWSManagedRulesCommonRuleSet", 50, only=_not_exempt()),
        ],
    )
    log = logs.LogGroup(
        scope,
        "FirewallLog",
        log_group_name=f"aws-waf-logs-{settings.prefix}",  # WAF demands this beginning
        retention=logs.RetentionDays.ONE_MONTH,
        removal_policy=RemovalPolicy.DESTROY,
    )
    waf.CfnLoggingConfiguration(
        scope,
        "FirewallLogging",
        resource_arn=acl.attr_arn,
        log_destination_configs=[
            # Without the `:*` that the attribute ends with.
            f"arn:aws:logs:{settings.region}:{settings.account}:log-group:{log.log_group_name}"
        ],
        redacted_fields=[
            waf.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": name})
            for name in ("authorization", "cookie", "sec-websocket-protocol")
        ],
    )
    return acl


def _managed(
    name: str, priority: int, only: _Statement | None = None
) -> waf.CfnWebACL.RuleProperty:
    return waf.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
        statement=_Statement(
            managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS", name=name, scope_down_statement=only
            )
        ),
        visibility_config=_visibility(name),
    )


def _exempt() -> Sequence[_Statement]:
    """Requests whose bodies are audio, and upgrades, which have none."""
    return [
        *(
            _matches(waf.CfnWebACL.FieldToMatchProperty(uri_path={}), path, "STARTS_WITH")
            for path in UPLOAD_PATHS
        ),
        _matches(
            waf.CfnWebACL.FieldToMatchProperty(single_header={"Name": "upgrade"}),
            "websocket",
            "EXACTLY",
        ),
    ]


def _not_exempt() -> _Statement:
    return _all([_not(each) for each in _exempt()])


def _matches(field: waf.CfnWebACL.FieldToMatchProperty, text: str, how: str) -> _Statement:
    return _Statement(
        byte_match_statement=waf.CfnWebACL.ByteMatchStatementProperty(
            field_to_match=field,
            positional_constraint=how,
            search_string=text,
            text_transformations=[
                waf.CfnWebACL.TextTransformationProperty(priority=0, type="LOWERCASE")
            ],
        )
    )


def _is_large() -> _Statement:
    return _Statement(
        size_constraint_statement=waf.CfnWebACL.SizeConstraintStatementProperty(
            comparison_operator="GT",
            size=LARGEST_BODY,
            field_to_match=waf.CfnWebACL.FieldToMatchProperty(
                body=waf.CfnWebACL.BodyProperty(oversize_handling="MATCH")
            ),
            text_transformations=[
                waf.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")
            ],
        )
    )


def _all(statements: Sequence[_Statement]) -> _Statement:
    return _Statement(and_statement=waf.CfnWebACL.AndStatementProperty(statements=list(statements)))


def _not(statement: _Statement) -> _Statement:
    return _Statement(not_statement=waf.CfnWebACL.NotStatementProperty(statement=statement))


def _visibility(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
