"""What Deepgram's management routes answer, as the OpenAPI document describes it."""

from datetime import date
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from entrypoints.backend.pipeline.routes import Document
from entrypoints.backend.pipeline.texts import Moment


class DeepgramError(Document, frozen=True, kw_only=True):
    """Why a request was refused, in Deepgram's dialect."""

    error: str
    err_code: str
    err_msg: str
    request_id: str


class Done(Document, frozen=True, kw_only=True):
    message: Annotated[str, Meta(description="What was done.")]


class Project(Document, frozen=True, kw_only=True):
    project_id: str
    name: str
    mip_opt_out: Annotated[
        bool | UnsetType, Meta(description="Always: audio is used only to transcribe it.")
    ] = UNSET


class Projects(Document, frozen=True, kw_only=True):
    """The project of the key."""

    projects: list[Project]


class Balance(Document, frozen=True, kw_only=True):
    """What is left of the spending cap."""

    balance_id: str
    amount: Annotated[float, Meta(description="In the currency's unit.")]
    units: Annotated[str, Meta(description="The currency, in small letters.")]
    purchase_order_id: str


class Balances(Document, frozen=True, kw_only=True):
    """Without a spending cap there is none."""

    balances: list[Balance]


class Model(Document, frozen=True, kw_only=True):
    name: str
    canonical_name: str
    architecture: str
    languages: list[str]
    version: str
    uuid: str
    batch: bool
    streaming: bool
    formatted_output: bool


class Models(Document, frozen=True, kw_only=True):
    stt: list[Model]
    tts: Annotated[list[Model], Meta(description="Always empty.")]


class KeyMember(Document, frozen=True, kw_only=True):
    """Keys belong to the organisation: its id stands here, and the rest is empty."""

    member_id: str
    email: str
    first_name: str
    last_name: str


class ProjectKey(Document, frozen=True, kw_only=True):
    api_key_id: str
    comment: str
    scopes: list[str]
    tags: list[str]
    created: Moment
    expiration_date: Moment | UnsetType = UNSET


class KeyOfMember(Document, frozen=True, kw_only=True):
    member: KeyMember
    api_key: ProjectKey


class ProjectKeys(Document, frozen=True, kw_only=True):
    api_keys: list[KeyOfMember]


class MemberOfKey(KeyMember, frozen=True, kw_only=True):
    """As `KeyMember`, with the key within."""

    api_key: ProjectKey


class KeyItem(Document, frozen=True, kw_only=True):
    member: MemberOfKey


class OneProjectKey(Document, frozen=True, kw_only=True):
    """The key twice, as new and old clients of Deepgram look for it."""

    item: KeyItem
    api_key: ProjectKey


class MadeProjectKey(Document, frozen=True, kw_only=True):
    """A new key with its secret, which is shown only now."""

    api_key_id: str
    comment: str
    scopes: list[str]
    tags: list[str]
    key: str
    expiration_date: Moment | None


class ProjectMember(Document, frozen=True, kw_only=True):
    member_id: str
    scopes: Annotated[list[str], Meta(description="The role.")]
    email: str
    first_name: str
    last_name: str


class ProjectMembers(Document, frozen=True, kw_only=True):
    members: list[ProjectMember]


class MemberScopes(Document, frozen=True, kw_only=True):
    scopes: Annotated[list[str], Meta(description="The role.")]


class ProjectInvite(Document, frozen=True, kw_only=True):
    email: str
    scope: Annotated[str, Meta(description="The role.")]


class ProjectInvites(Document, frozen=True, kw_only=True):
    invites: list[ProjectInvite]


class RequestDetails(Document, frozen=True, kw_only=True):
    duration: Annotated[float, Meta(description="Seconds of audio.")]
    models: list[str]
    method: Annotated[str, Meta(description="streaming or sync")]
    channels: int
    tags: list[str]


class RequestAnswer(Document, frozen=True, kw_only=True):
    details: RequestDetails
    code: Annotated[
        int,
        Meta(description="200, another HTTP status, or the close code of a stream that broke off."),
    ]
    completed: Moment


class ProjectRequest(Document, frozen=True, kw_only=True):
    """A live stream or a file."""

    request_id: str
    project_uuid: str
    created: Moment
    path: str
    api_key_id: str
    response: RequestAnswer
    code: int
    deployment: str
    callback: None


class ProjectRequests(Document, frozen=True, kw_only=True):
    """Newest first."""

    page: int
    limit: int
    requests: list[ProjectRequest]


class OneProjectRequest(Document, frozen=True, kw_only=True):
    request: ProjectRequest


class Resolution(Document, frozen=True, kw_only=True):
    units: str
    amount: int


class _Hours(Document, frozen=True, kw_only=True):
    hours: float
    total_hours: float
    agent_hours: float
    tokens_in: int
    tokens_out: int
    tts_characters: int
    requests: int


class DayOfUsage(_Hours, frozen=True, kw_only=True):
    """A day's usage."""

    start: date
    end: date


class ProjectUsage(Document, frozen=True, kw_only=True):
    """Usage by day."""

    start: str
    end: str
    resolution: Resolution
    results: list[DayOfUsage]


class UsageGrouping(Document, frozen=True, kw_only=True):
    """What a group has in common."""

    start: str
    end: str
    accessor: str | None
    endpoint: str | None
    feature_set: str | None
    method: str | None
    deployment: str | None
    models: list[str]
    tags: list[str]


class GroupOfUsage(_Hours, frozen=True, kw_only=True):
    """A group's usage."""

    grouping: UsageGrouping


class UsageBreakdown(Document, frozen=True, kw_only=True):
    start: str
    end: str
    resolution: Resolution
    results: list[GroupOfUsage]


class ModelName(Document, frozen=True, kw_only=True):
    name: str
    language: str
    version: str
    model_id: str


class UsageFields(Document, frozen=True, kw_only=True):
    """The values that usage can be asked for by."""

    tags: list[str]
    models: list[ModelName]
    processing_methods: list[str]
    features: list[str]


class CostGrouping(Document, frozen=True, kw_only=True):
    start: str
    end: str
    accessor: str | None
    deployment: str | None
    line_item: str | None
    tags: list[str]


class GroupOfCosts(Document, frozen=True, kw_only=True):
    dollars: Annotated[float, Meta(description="In the currency, whichever it is.")]
    currency: str
    grouping: CostGrouping


class CostBreakdown(Document, frozen=True, kw_only=True):
    start: str
    end: str
    resolution: Resolution
    results: list[GroupOfCosts]
