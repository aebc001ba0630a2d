package io.leasehold.domain.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import java.math.BigDecimal;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedisNumbersTest {
  @Property
  void everyIntegerIsReadAsItIsWritten(@ForAll long value) {
    assertThat(RedisNumbers.integer(RedisNumbers.text(value))).isEqualTo(value);
    assertThat(RedisNumbers.text(value)).isEqualTo(Bytes.utf8(Long.toString(value)));
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, Long.MIN_VALUE + 1, -1, 0, 1, 9, 10, Long.MAX_VALUE})
  void bounds(long value) {
    assertThat(RedisNumbers.integer(RedisNumbers.text(value))).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "+1",
        "-0",
        "00",
        "01",
        "1 ",
        " 1",
        "1.0",
        "1e3",
        "0x1",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999",
        "١"
      })
  void noInteger(String text) {
    assertThat(RedisNumbers.integer(Bytes.utf8(text))).isNull();
  }

  @Property
  void aDecimalIsReadAsItIsWritten(@ForAll long unscaled) {
    BigDecimal value = BigDecimal.valueOf(unscaled, 17);

    BigDecimal read = RedisNumbers.decimal(RedisNumbers.text(value));

    assertThat(read).isEqualByComparingTo(value);
    assertThat(RedisNumbers.text(value).text())
        .matches("0|-?(0|[1-9][0-9]*)(\\.[0-9]{0,16}[1-9])?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "e5",
        "1e",
        "1e+",
        " 1",
        "1 ",
        "1,5",
        "nan",
        "infinit",
        "--1",
        "1.2.3",
        "1e-5000",
        "1.19e4932",
        "-1e4933",
        "1e99999999999999999999",
        "1e-99999999999999999999"
      })
  void noDecimal(String text) {
    assertThat(RedisNumbers.decimal(Bytes.utf8(text))).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"inf", "-INF", "+Infinity", "+inf"})
  void infinities(String text) {
    BigDecimal value = RedisNumbers.decimal(Bytes.utf8(text));

    assertThat(value).isNotNull();
    assertThat(RedisNumbers.isFinite(value)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "5.",
        ".5",
        "+.5e1",
        "1E-400",
        "0e999999999",
        "0001",
        "-1e309",
        "1.18e4932",
        "-0.1189e4933"
      })
  void decimals(String text) {
    BigDecimal value = RedisNumbers.decimal(Bytes.utf8(text));

    assertThat(value).isNotNull();
    assertThat(value).isEqualByComparingTo(new BigDecimal(text.replace("e999999999", "")));
    assertThat(RedisNumbers.isFinite(value)).isTrue();
  }
}
