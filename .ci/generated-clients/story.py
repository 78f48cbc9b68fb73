"""Does what README.md shows with the generated Python client. Takes BASE_URL, API_KEY, SERVICE_KEY, ANALYST_KEY and
FRAUD_KEY from the environment."""

import datetime
import os
from http import HTTPStatus

from users_api_client import AuthenticatedClient
from users_api_client.api.internal import get_enforcement, report_sessions, report_transactions
from users_api_client.api.users import create_user, delete_users, get_user, list_users, update_user, update_user_status
from users_api_client.models import (
    CreateUser,
    DeleteUsers,
    Deletion,
    Enforcement,
    Features,
    Identity,
    Metadata,
    ReportResults,
    SessionEvent,
    SessionEventStatus,
    TransactionEvent,
    TransactionEventRuleActionsType0Item,
    TransactionEventStatus,
    UpdateStatus,
    UpdateUser,
    UserDetail,
    UserPage,
    UserStatus,
)

NAME = "python-42"


def client(key: str) -> AuthenticatedClient:
    return AuthenticatedClient(
        base_url=os.environ["BASE_URL"],
        token=os.environ[key],
        prefix="",
        auth_header_name="x-api-key",
        raise_on_unexpected_status=True,
    )


def detail(answer: object) -> UserDetail:
    assert isinstance(answer, UserDetail), answer
    return answer


def main() -> None:
    owner, service = client("API_KEY"), client("SERVICE_KEY")
    metadata = Metadata.from_dict({"plan": "premium", "seats": 7, "nested": {"list": [1, 2.5, None, True]}})
    body = CreateUser(vendor_data=NAME, full_name="Ada Lovelace", metadata=metadata, tags=["vip"])
    created = detail(create_user.sync(client=owner, body=body))
    assert (created.status, created.full_name, created.version) == (UserStatus.ACTIVE, "Ada Lovelace", 1)
    assert created.metadata.to_dict() == metadata.to_dict()

    session = SessionEvent(
        session_id="python-session",
        vendor_data=NAME,
        revision=1,
        status=SessionEventStatus.APPROVED,
        occurred_at=datetime.datetime(2025, 11, 3, 9, 30, tzinfo=datetime.timezone.utc),
        features=Features.from_dict({"LIVENESS": "Approved"}),
        identity=Identity(full_name="Augusta Ada King", issuing_state="GBR"),
    )
    results = report_sessions.sync(client=service, body=session)
    assert isinstance(results, ReportResults) and results.errors == 0, results
    verified = detail(get_user.sync(NAME, client=owner))
    assert (verified.full_name, verified.approved_count, verified.issuing_states) == ("Augusta Ada King", 1, ["GBR"])

    ignored = update_user.sync_detailed(NAME, client=owner, body=UpdateUser(full_name="Eve"))
    assert ignored.status_code == HTTPStatus.OK and ignored.headers["x-ignored-fields"] == "full_name"

    transaction = TransactionEvent(
        transaction_id="python-transfer",
        vendor_data=NAME,
        revision=1,
        status=TransactionEventStatus.IN_REVIEW,
        occurred_at=datetime.datetime(2025, 11, 4, 12, 0, tzinfo=datetime.timezone.utc),
        rule_actions=[TransactionEventRuleActionsType0Item.FLAG],
    )
    results = report_transactions.sync(client=service, body=[transaction])
    assert isinstance(results, ReportResults) and results.errors == 0, results
    assert enforcement(service).new_session.value == "in_review"

    for key, status, reason in [
        ("ANALYST_KEY", UserStatus.ACTIVE, "it is the salary"),
        ("FRAUD_KEY", UserStatus.BLOCKED, "forged passport"),
    ]:
        command = UpdateStatus(status=status, reason=reason)
        changed = detail(update_user_status.sync(NAME, client=client(key), body=command))
        assert (changed.status, changed.comments[0].comment) == (status, reason)
    declined = enforcement(service)
    assert (declined.status, declined.new_transaction.value) == ("BLOCKED", "declined")

    page = list_users.sync(client=owner, search="Augusta", limit=10)
    assert isinstance(page, UserPage) and NAME in [row.vendor_data for row in page.results], page
    deletion = delete_users.sync(client=owner, body=DeleteUsers(vendor_data_list=[NAME]))
    assert isinstance(deletion, Deletion) and deletion.deleted == 1, deletion
    assert get_user.sync_detailed(NAME, client=owner).status_code == HTTPStatus.NOT_FOUND


def enforcement(service: AuthenticatedClient) -> Enforcement:
    answer = get_enforcement.sync(NAME, client=service)
    assert isinstance(answer, Enforcement), answer
    return answer


main()
print("the Python client did what README.md shows")
