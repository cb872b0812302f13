"""What a user can choose from, by the words to show."""

from collections import Counter

from cnnviz.networks import Network


def by_label(networks: list[Network]) -> dict[str, Network]:
    """Return networks by their titles; where several share one, the key tells them apart."""
    count = Counter(network.title for network in networks)
    return {
        network.title if count[network.title] == 1 else f"{network.title} ({network.key})": network
        for network in networks
    }
