"""What can go wrong between a device and this platform."""

from libs.common.web.problems import DomainError


class EnterpriseCodeMalformed(DomainError):
    """The text is no unified social credit code."""

    code = "key_users.enterprise_code_malformed"
    status = 422


class DeviceRegionOutOfReach(DomainError):
    """The region or enterprise is not one that the caller's key delivers for."""

    code = "key_users.out_of_reach"
    status = 403


class UploadUndecipherable(DomainError):
    """The upload was not enciphered with the key that the device was given."""

    code = "key_users.undecipherable"
    status = 422


class DeviceUnknown(DomainError):
    """No device of this id was registered by this key for this enterprise."""

    code = "key_users.device_unknown"
    status = 404
