"""What can be wrong with accounts, sign-in and keys."""

from libs.common.web.problems import DomainError, TooManyRequests, Unauthenticated


class SignInRefused(Unauthenticated):
    """Unknown account, wrong password or an account that is closed: the answer does not say which."""

    code = "sign_in.refused"


class SignInLocked(TooManyRequests):
    """Too many failed attempts under this name, whether or not there is such an account."""

    code = "sign_in.locked"


class SecondFactorNeeded(Unauthenticated):
    """The password was right, and this account also needs the code of its device."""

    code = "sign_in.second_factor_needed"


class SecondFactorToSetUp(Unauthenticated):
    """The password was right, and this role needs a second factor that the account does not have yet."""

    code = "sign_in.second_factor_to_set_up"


class SecondFactorRefused(Unauthenticated):
    """The code is wrong, too old, or was used before."""

    code = "sign_in.second_factor_refused"


class PasswordToChange(Unauthenticated):
    """The password was right, but has run out or is somebody else's choice: send ``new_password`` as well."""

    code = "sign_in.password_to_change"


class SessionRefused(Unauthenticated):
    """The sign-in is over, or what should renew it is not its own: sign in again."""

    code = "sign_in.session_over"


class WrongPassword(DomainError):
    """Whoever changes a password has to know it."""

    code = "account.wrong_password"
    keeps_changes = True


class PasswordUsedBefore(DomainError):
    """The new password is one of the last ones of the account."""

    code = "password.used_before"


class UsernameTaken(DomainError):
    """There is an account of this name."""

    code = "account.username_taken"


class GrantsDoNotFit(DomainError):
    """The role needs a region or an enterprise that was not given, or excludes one that was."""

    code = "account.grants_do_not_fit"


class OwnGrants(DomainError):
    """Where the three administrators are apart nobody grants anything to himself."""

    code = "account.own_grants"


class DutiesApart(DomainError):
    """Where the three administrators are apart no person is two of them, and no machine is one."""

    code = "account.duties_apart"


class LastAdministrator(DomainError):
    """Without this account nobody could administer the system."""

    code = "account.last_administrator"
