"""What can be wrong with a document."""

from libs.common.web.problems import DomainError


class UnknownOwnerType(DomainError):
    """Things of this type have no documents."""

    code = "document.unknown_owner_type"


class EmptyDocument(DomainError):
    """The body holds no byte."""

    code = "document.empty"
    status = 422


class TypeNotAllowed(DomainError):
    """The declared media type is not one that this installation keeps; ``allowed`` lists those."""

    code = "document.type_not_allowed"
    status = 415


class TypeMismatch(DomainError):
    """The bytes are not of the declared media type."""

    code = "document.type_mismatch"
    status = 415


class DamagedDocument(DomainError):
    """The bytes begin as the declared type does, but are cut short or broken."""

    code = "document.damaged"
    status = 422


class DocumentWithdrawn(DomainError):
    """The document has been withdrawn; its content is kept for those who audit."""

    code = "document.withdrawn"


class RangeNotSatisfiable(DomainError):
    """The range asked for lies outside of the content."""

    code = "document.range_not_satisfiable"
    status = 416
