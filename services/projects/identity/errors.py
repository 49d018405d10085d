"""What can be wrong with accounts, sign-in and keys."""

from libs.common.web.problems import DomainError, TooManyRequests, Unauthenticated


class SignInRefused(Unauthenticated):
    """Unknown account, wrong password or an account that is closed: the answer does not say which."""

    code = "sign_in.refused"


class SignInLocked(TooManyRequests):
    """Too many failed attempts under this name, whether or not there is such an account."""

    code = "sign_in.locked"


class UsernameTaken(DomainError):
    """There is an account of this name."""

    code = "account.username_taken"


class GrantsDoNotFit(DomainError):
    """The role needs a region or an enterprise that was not given, or excludes one that was."""

    code = "account.grants_do_not_fit"


class LastAdministrator(DomainError):
    """Without this account nobody could administer the system."""

    code = "account.last_administrator"
