package io.leasehold.http.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvEntry;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FoundBodyTest {
  @Test
  void theShortWayWritesWhatTheWriterWrites() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] value = new byte[random.nextInt(12)];
      random.nextBytes(value);
      if (i % 2 == 0) {
        for (int j = 0; j < value.length; j++) {
          value[j] = (byte) (value[j] & 0x7f | (i % 4 == 0 ? 0x40 : 0));
        }
      }
      var entry =
          new KvEntry(
              Bytes.utf8(new String(value, StandardCharsets.UTF_8)),
              Bytes.of(value),
              i % 8 == 0 ? Map.of("a", "b") : Map.of(),
              1 + random.nextInt(1_000),
              random.nextInt(),
              random.nextLong() >>> 16,
              i % 3 == 0 ? 0 : random.nextLong() >>> 16);
      long ttl = random.nextInt(1_000);
      assertThat(FoundBody.of(entry, ttl))
          .as("seed %d, %d", seed, i)
          .isEqualTo(FoundBody.any(entry, ttl));
    }
  }
}
