package io.leasehold.domain.access.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a URL of a Redis says, and what is wrong with it. */
class RedisUrlTest {
  private static RedisUrl parse(String text) throws RedisUrl.Unusable {
    return RedisUrl.parse(text);
  }

  @Test
  void everyPartIsRead() throws Exception {
    assertThat(parse("redis://cache.example.com"))
        .isEqualTo(new RedisUrl("cache.example.com", 6379, 0, false, null, null));
    assertThat(parse("REDISS://ann:p%40ss+%3A1@10.0.0.7:7000/12"))
        .isEqualTo(new RedisUrl("10.0.0.7", 7000, 12, true, "ann", "p@ss+:1"));
    assertThat(parse("redis://:only@host/"))
        .isEqualTo(new RedisUrl("host", 6379, 0, false, null, "only"));
    assertThat(parse("redis://ann@host").password()).isNull();
    assertThat(parse("redis://[fd00::1]:7000").host()).isEqualTo("fd00::1");
    assertThat(parse("redis://u:p@my_redis:7000/1"))
        .isEqualTo(new RedisUrl("my_redis", 7000, 1, false, "u", "p"));
  }

  @Test
  void whatIsWrongIsSaidWithoutTheLogin() {
    for (String text :
        List.of(
            "redis://ann:hidden@host:0",
            "redis://ann:hidden@host:65536",
            "redis://ann:hidden@host:x",
            "redis://ann:hidden@host/x",
            "redis://ann:hidden@host/1000001",
            "redis://ann:hidden@host?db=1",
            "redis://ann:hidden@",
            "redis://ann:hid den@host",
            "http://ann:hidden@host",
            "redis:hidden",
            "hidden")) {
      assertThatThrownBy(() -> parse(text))
          .as(text)
          .isInstanceOfSatisfying(
              RedisUrl.Unusable.class,
              e -> {
                assertThat(e.text()).doesNotContain("hid");
                assertThat(e.isNotBuilt()).isFalse();
              });
    }
    assertThatThrownBy(() -> parse("redis://host:65536"))
        .hasMessage("its port is 65536: must be 1..65535");
  }

  @Test
  void otherKindsOfRedisAreNotBuilt() {
    for (String scheme : List.of("redis-sentinel", "redis+cluster", "unix")) {
      assertThatThrownBy(() -> parse(scheme + "://host/1"))
          .isInstanceOfSatisfying(
              RedisUrl.Unusable.class, e -> assertThat(e.isNotBuilt()).isTrue());
    }
  }

  @Test
  void aUrlThatIsPrintedShowsNoLogin() throws Exception {
    assertThat(parse("redis://ann:hidden@host/2").toString()).isEqualTo("host:6379/2");
  }
}
