package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RedactionTest {
  private static String apply(String line, String... keys) {
    return new Redaction(List.of(keys)).apply(line.getBytes(UTF_8));
  }

  @Test
  void valuesAreHiddenAtAnyDepthAndInAnyCase() {
    assertThat(
            apply(
                "{\"data\":{\"Password\":\"p\",\"a\":[{\"token\":{\"x\":1}},[{\"TOKEN\":[1,2]}]],"
                    + "\"passwords\":\"kept\",\"b\":{\"c\":{\"password\":7}}}}",
                "password",
                "Token"))
        .isEqualTo(
            "{\"data\":{\"Password\":\"***\",\"a\":[{\"token\":\"***\"},[{\"TOKEN\":\"***\"}]],"
                + "\"passwords\":\"kept\",\"b\":{\"c\":{\"password\":\"***\"}}}}");
  }

  @Test
  void aNameThatIsWrittenWithEscapesIsFound() {
    assertThat(apply("{\"pass\\u0077ord\":\"p\"}", "password"))
        .isEqualTo("{\"pass\\u0077ord\":\"***\"}");
  }

  @Test
  void theRestIsWrittenOnOneLineAndNotChanged() {
    assertThat(
            apply(
                " { \"a\" :\r [ ] , \"b\":{ } ,\t\"c\" : [ 1.50 , -2e3 ,true,null, \"ü\\n\\\"\" ]} "))
        .isEqualTo("{\"a\":[],\"b\":{},\"c\":[1.50,-2e3,true,null,\"ü\\n\\\"\"]}");
    assertThat(apply("{}", "password")).isEqualTo("{}");
  }
}
