package io.leasehold.domain.kv;

import io.leasehold.domain.kv.redis.Keyspace;
import io.leasehold.domain.kv.redis.Keyspaces;
import io.leasehold.domain.kv.redis.RedisContext;
import io.leasehold.domain.kv.redis.RedisGroup;
import io.leasehold.domain.kv.redis.RedisRoom;
import io.leasehold.domain.kv.redis.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The commands of embedded instances in a group of operations. Keyspaces are changed in place while
 * commands run: {@link #takeBack} before anything else looks at the shard. Confined to whoever made
 * the group.
 */
public final class KvInstances {
  private final Keyspaces keyspaces;
  private final KvTime now;
  private final RedisRoom room;
  private final Map<String, RedisGroup> groups = new TreeMap<>();

  KvInstances(Keyspaces keyspaces, KvTime now, RedisRoom room) {
    this.keyspaces = keyspaces;
    this.now = now;
    this.room = room;
  }

  /** Runs commands of an instance, each on what the ones before left. */
  public RedisGroup of(String instance) {
    return groups.computeIfAbsent(instance, this::open);
  }

  /**
   * Runs an operation. Replies are bounded together: a command whose reply finds no room any more
   * is refused, and has changed nothing.
   */
  public KvResult.Replies run(KvOperation.Commands operation, RedisContext context) {
    RedisGroup group = of(operation.instance());
    if (operation.transaction()) {
      return new KvResult.Replies(List.of(group.runAll(operation.commands(), context)));
    }
    var replies = new ArrayList<Reply>(operation.commands().size());
    long left = context.limits().maxReply();
    for (List<Bytes> command : operation.commands()) {
      Reply reply = group.run(command, context, left);
      replies.add(reply);
      left -= reply.weight();
    }
    return new KvResult.Replies(replies);
  }

  private RedisGroup open(String instance) {
    Keyspace keyspace = keyspaces.get(instance);
    return new RedisGroup(keyspace == null ? new Keyspace() : keyspace, now.shardMillis(), room);
  }

  /** Removes keys past their deadline, at most so many. Returns how many that were. */
  public int expire(int max) {
    int removed = 0;
    for (var each : keyspaces.all().entrySet()) {
      long next = each.getValue().nextDeadlineMillis();
      if (removed < max && next != 0 && next <= now.shardMillis()) {
        removed += of(each.getKey()).expire(max - removed);
      }
    }
    return removed;
  }

  /** Leaves the keyspaces as they were; what the commands did is in {@link KvGroup#changes}. */
  public void takeBack() {
    groups.values().forEach(RedisGroup::takeBack);
  }

  void addTo(List<KvChange> changes) {
    groups.forEach(
        (instance, group) -> {
          var effects = group.effects();
          if (!effects.isEmpty()) {
            changes.add(new KvChange.InstanceChanged(instance, effects));
          }
        });
  }

  void clear() {
    takeBack();
    groups.clear();
  }
}
