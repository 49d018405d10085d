from libs.common.web.addresses import shown_parameters, shown_path
from libs.common.web.routes import public


def ask() -> None:
    """An endpoint that asks for a credential."""


@public
def answer() -> None:
    """An endpoint whose address is the credential."""


def scope(endpoint: object) -> dict[str, object]:
    parameters = {"gateway_id": "7", "key": "hunter2", "rest": ""}
    return {"endpoint": endpoint, "path": "/v1/gateways/7/reports/hunter2/", "path_params": parameters}


def test_audit_names_ids_and_no_credential_when_nobody_signs_in() -> None:
    assert shown_parameters(scope(answer)) == {"gateway_id": "7", "key": "…", "rest": ""}
    assert shown_path(scope(answer)) == "/v1/gateways/7/reports/…/"


def test_address_is_told_whole_when_somebody_signs_in_or_no_route_was_found() -> None:
    assert shown_parameters(scope(ask)) == {"gateway_id": "7", "key": "hunter2", "rest": ""}
    assert shown_path(scope(ask)) == "/v1/gateways/7/reports/hunter2/"
    assert shown_path({"path": "/v1/nothing"}) == "/v1/nothing"
