package io.leasehold.domain.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * An instance as its owner runs it, under a clock moved by hand: every group is taken back, which
 * must leave what was there, and its effects are applied to the keyspace and to a follower, which
 * must be the same then.
 */
final class Instance {
  static final RedisLimits LIMITS = new RedisLimits(100, 1_000, 4_000, 100_000, 1 << 20);

  Keyspace keyspace = new Keyspace();
  Keyspace follower = new Keyspace();
  final Random random;
  RedisLimits limits = LIMITS;
  long nowMillis = 1_800_000_000_000L;
  long roomBytes = Long.MAX_VALUE / 2;
  long usedBytes;
  int receivers;
  private final RedisRoom room =
      new RedisRoom() {
        @Override
        public boolean tryTake(long bytes) {
          assertThat(bytes).isPositive();
          if (usedBytes + bytes > roomBytes) {
            return false;
          }
          usedBytes += bytes;
          return true;
        }

        @Override
        public void count(long bytes) {
          usedBytes += bytes;
        }
      };
  List<Effect> effects = List.of();
  List<RedisGroup.Published> published = List.of();

  Instance(long seed) {
    random = new Random(seed);
  }

  RedisGroup group() {
    return new RedisGroup(keyspace, nowMillis, room);
  }

  RedisContext context() {
    return new RedisContext(
        limits, random, channel -> receivers, new RedisContext.Server("1.0.0", 60, 3));
  }

  /** Runs and commits one command. */
  Reply run(List<Bytes> command) {
    List<KeyImage> before = image(keyspace);
    long bytesBefore = keyspace.accountedBytes();
    RedisGroup group = group();
    Reply reply = group.run(command, context());
    group.takeBack();
    assertThat(image(keyspace)).isEqualTo(before);
    assertThat(keyspace.accountedBytes()).isEqualTo(bytesBefore);
    commit(group);
    if (reply instanceof Reply.Failure) {
      assertThat(effects).isEmpty();
    }
    return reply;
  }

  /** Of a group that was taken back. */
  void commit(RedisGroup group) {
    effects = group.effects();
    published = group.published();
    for (Effect effect : effects) {
      keyspace.apply(effect);
      follower.apply(effect);
    }
    assertThat(image(follower)).isEqualTo(image(keyspace));
    assertThat(keyspace.accountedBytes()).isEqualTo(accounted(keyspace)).isEqualTo(usedBytes);
    assertThat(follower.accountedBytes()).isEqualTo(usedBytes);
  }

  /** Runs and commits one command, given as words; shows its answer as a short text. */
  String run(String... words) {
    return show(run(command(words)));
  }

  static List<Bytes> command(String... words) {
    return Arrays.stream(words).map(Bytes::utf8).collect(Collectors.toList());
  }

  static List<KeyImage> image(Keyspace keyspace) {
    var image = new ArrayList<KeyImage>();
    keyspace.forEach(image::add);
    return image;
  }

  /** Counted anew. */
  static long accounted(Keyspace keyspace) {
    long bytes = 0;
    for (KeyImage key : image(keyspace)) {
      int perElement = key.type() == ValueType.HASH ? 2 : 1;
      long elements = key.type() == ValueType.STRING ? 0 : key.parts().size() / perElement;
      bytes += 64 + key.key().size() + 64 * elements;
      for (Bytes part : key.parts()) {
        bytes += part.size();
      }
    }
    return bytes;
  }

  /** Strings bare, numbers as {@code :1}, simple ones as {@code +OK}, errors as they are. */
  static String show(Reply reply) {
    if (reply instanceof Reply.Bulk bulk) {
      return new String(bulk.bytes().array(), StandardCharsets.ISO_8859_1);
    } else if (reply instanceof Reply.WholeNumber number) {
      return ":" + number.value();
    } else if (reply instanceof Reply.Simple simple) {
      return "+" + simple.text();
    } else if (reply instanceof Reply.Failure error) {
      return error.text();
    } else if (reply instanceof Reply.Array array) {
      return array.items().stream().map(Instance::show).collect(Collectors.joining(" ", "[", "]"));
    }
    return reply instanceof Reply.NilArray ? "nil[]" : "nil";
  }
}
