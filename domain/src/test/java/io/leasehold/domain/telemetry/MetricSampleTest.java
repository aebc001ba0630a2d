package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class MetricSampleTest {
  private static MetricSample of(String data) {
    byte[] text = ("#" + data.replace('\'', '"') + "#").getBytes(UTF_8);
    return MetricSample.of(text, 1, text.length - 1);
  }

  @Test
  void aNumberWithItsTags() {
    assertThat(
            of(
                "{'name':'jobs\\u005ftotal', 'value':-4.20e1,'unit':'count',"
                    + "'tags':{'a':'ü','n':8,'t':true,'z':null,'o':{'x':1}}}"))
        .isEqualTo(new MetricSample("jobs_total", -42, Map.of("a", "ü", "n", "8", "t", "true")));
    assertThat(of("{'value':1,'name':'a','name':'b','value':2,'tags':[]}"))
        .isEqualTo(new MetricSample("b", 2, Map.of()));
  }

  @Test
  void whatIsNoNumberIsNoSample() {
    for (String value : new String[] {"'42'", "true", "null", "[1]", "{}", "1e999"}) {
      assertThat(of("{'name':'a','value':" + value + "}")).as(value).isNull();
    }
    assertThat(of("{'name':{},'value':1}")).isNull();
    assertThat(of("{'value':1}")).isNull();
    assertThat(of("{}")).isNull();
  }
}
