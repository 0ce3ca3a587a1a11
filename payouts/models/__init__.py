"""How money leaves: contracts, cards, withdrawals, bank files."""

from payouts.models.bank import BankFile, BankOrder, BankStatement
from payouts.models.cards import Card, Worker
from payouts.models.contracts import Contract, ContractStep, SignedCopy
from payouts.models.provider import Comparison, ReviewedDifference, SendingSwitch
from payouts.models.withdrawals import Destination, Withdrawal, WithdrawalQuerySet, WithdrawalStep

__all__ = [
    "BankFile",
    "BankOrder",
    "BankStatement",
    "Card",
    "Comparison",
    "Contract",
    "ContractStep",
    "Destination",
    "ReviewedDifference",
    "SendingSwitch",
    "SignedCopy",
    "Withdrawal",
    "WithdrawalQuerySet",
    "WithdrawalStep",
    "Worker",
]
