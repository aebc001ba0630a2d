package io.leasehold.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.config.access.Network;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.RemoteAddress;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.junit.jupiter.api.Test;

/** Whose word on the address of a client is believed. */
class ClientAddressesTest {
  private static final ClientAddresses ADDRESSES =
      new ClientAddresses(
          List.of(
              Network.parse("10.0.0.0/8").orElseThrow(),
              Network.parse("fd00::/8").orElseThrow(),
              Network.parse("192.0.2.7").orElseThrow()));

  private static HttpRequest request(String peer, String... namesAndValues) throws Exception {
    var headers = new ArrayList<HttpHeader>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.add(RawHeader.create(namesAndValues[i], namesAndValues[i + 1]));
    }
    return HttpRequest.create()
        .addAttribute(
            AttributeKeys.remoteAddress, RemoteAddress.create(InetAddress.getByName(peer)))
        .addHeaders(headers);
  }

  private static String of(String peer, String... namesAndValues) throws Exception {
    return ADDRESSES.of(request(peer, namesAndValues));
  }

  private static String byList(String value) throws Exception {
    return of("10.1.2.3", "X-Forwarded-For", value);
  }

  private static String byPairs(String value) throws Exception {
    return of("10.1.2.3", "Forwarded", value);
  }

  @Test
  void nobodyElseIsBelieved() throws Exception {
    assertThat(of("203.0.113.1", "X-Forwarded-For", "198.51.100.1")).isEqualTo("203.0.113.1");
    assertThat(of("192.0.2.8", "Forwarded", "for=198.51.100.1")).isEqualTo("192.0.2.8");
    assertThat(of("10.1.2.3")).isEqualTo("10.1.2.3");
    assertThat(
            new ClientAddresses(List.of())
                .of(request("127.0.0.1", "X-Forwarded-For", "198.51.100.1")))
        .isEqualTo("127.0.0.1");
  }

  @Test
  void theRightMostThatIsNoProxyCounts() throws Exception {
    assertThat(byList("198.51.100.1")).isEqualTo("198.51.100.1");
    assertThat(byList("1.1.1.1, 198.51.100.1, 10.9.9.9,192.0.2.7")).isEqualTo("198.51.100.1");
    assertThat(byList("10.0.0.5, 10.0.0.6")).isEqualTo("10.0.0.5");
    assertThat(byList("198.51.100.1:4711")).isEqualTo("198.51.100.1");
    assertThat(byList("[2001:db8::1]:4711")).isEqualTo("2001:db8:0:0:0:0:0:1");
    assertThat(byList("2001:db8::1, fd00::5")).isEqualTo("2001:db8:0:0:0:0:0:1");
    assertThat(of("fd00::1", "X-Forwarded-For", "6.6.6.6", "x-forwarded-for", "198.51.100.1"))
        .isEqualTo("198.51.100.1");
    assertThat(of("192.0.2.7", "X-Forwarded-For", "198.51.100.1")).isEqualTo("198.51.100.1");
  }

  @Test
  void theStandardHeaderIsReadToo() throws Exception {
    assertThat(byPairs("for=198.51.100.1;proto=https;by=10.0.0.1")).isEqualTo("198.51.100.1");
    assertThat(byPairs("for=1.1.1.1, proto=http;For=\"[2001:db8::1]:80\", for=10.0.0.9"))
        .isEqualTo("2001:db8:0:0:0:0:0:1");
    assertThat(byPairs("for=1.1.1.1, for=_hidden")).isEqualTo("10.1.2.3");
  }

  @Test
  void headersThatDisagreeAreNotBelieved() throws Exception {
    assertThat(of("10.1.2.3", "X-Forwarded-For", "198.51.100.1", "Forwarded", "for=198.51.100.1"))
        .isEqualTo("198.51.100.1");
    assertThat(of("10.1.2.3", "X-Forwarded-For", "198.51.100.1", "Forwarded", "for=6.6.6.6"))
        .isEqualTo("10.1.2.3");
  }

  @Test
  void whatIsNoAddressIsNeverLookedUpNorSteppedOver() throws Exception {
    for (String value :
        List.of(
            "", "unknown", "example.com", "1.2.3", "1.2.3.256", "-1.2.3.4", "::g", "[::1", "a,")) {
      assertThat(byList(value)).as(value).isEqualTo("10.1.2.3");
      assertThat(byList("6.6.6.6, " + value + ", 10.0.0.2")).as(value).isEqualTo("10.0.0.2");
    }
  }

  @Test
  void onlyTheLastHopsAreLookedAt() throws Exception {
    assertThat(byList("198.51.100.1" + ", 10.0.0.1".repeat(31))).isEqualTo("198.51.100.1");
    assertThat(byList("198.51.100.1" + ", 10.0.0.1".repeat(2_000))).isEqualTo("10.0.0.1");
  }

  @Test
  void networksAreReadStrictly() throws Exception {
    for (String wrong :
        List.of(
            "",
            "x",
            "10.0.0.0/33",
            "10.0.0/8",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "::/129",
            "1::2::3",
            "localhost")) {
      assertThat(Network.parse(wrong)).as(wrong).isEmpty();
    }
    Network odd = Network.parse("172.16.0.0/12").orElseThrow();
    assertThat(odd.contains(InetAddress.getByName("172.31.255.255"))).isTrue();
    assertThat(odd.contains(InetAddress.getByName("172.32.0.0"))).isFalse();
    assertThat(odd.contains(InetAddress.getByName("::1"))).isFalse();
    assertThat(Network.parse("0.0.0.0/0").orElseThrow().contains(InetAddress.getByName("8.8.8.8")))
        .isTrue();
  }
}
