package io.leasehold.actors.kv;

/** What the parts of a shard answer, and what {@link PartSerializer} writes. */
sealed interface PartAnswer
    permits KvHistoryRead.Part,
        KvTransfer.Page,
        KvTransfer.Taken,
        EventTraffic.Listening,
        EventTraffic.Told,
        EventTraffic.Lost,
        EventTraffic.Seen {}
