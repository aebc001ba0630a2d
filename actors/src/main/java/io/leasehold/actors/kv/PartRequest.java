package io.leasehold.actors.kv;

/** What the parts of a shard are asked, and what {@link PartSerializer} writes. */
sealed interface PartRequest extends KvMessage
    permits KvHistoryRead.Ask,
        KvTransfer.Draw,
        KvTransfer.Import,
        KvTransfer.Clear,
        EventTraffic.Listen,
        EventTraffic.Look {}
