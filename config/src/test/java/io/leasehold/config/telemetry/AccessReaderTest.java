package io.leasehold.config.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AccessReaderTest {
  private static final String HASH = "ab".repeat(32);

  private static TelemetrySettings read(String text) throws TelemetryFileException {
    return TelemetryFile.parse("f", text, Map.of(), Map.of()).settings();
  }

  private static List<String> problems(String text) {
    var failure = catchThrowableOfType(TelemetryFileException.class, () -> read(text));
    assertThat(failure).as("it was accepted").isNotNull();
    return failure.problems().stream().map(each -> each.text("f")).toList();
  }

  @Test
  void whoMaySendIsRead() throws Exception {
    assertThat(read("").auth()).isEqualTo(TelemetrySettings.Auth.NONE);
    assertThat(
            read("auth: {required: yes, tokens: [{name: billing, sha256: "
                    + HASH.toUpperCase(java.util.Locale.ROOT)
                    + ", sources: ['billing*', audit]}, {name: all, sha256: "
                    + "0".repeat(64)
                    + "}]}")
                .auth())
        .isEqualTo(
            new TelemetrySettings.Auth(
                true,
                List.of(
                    new TelemetrySettings.Token("billing", HASH, List.of("billing*", "audit")),
                    new TelemetrySettings.Token("all", "0".repeat(64), List.of("*")))));
  }

  @Test
  void aTokenThatCannotBeIsToldWithoutShowingIt() {
    assertThat(problems("auth: {required: true}"))
        .containsExactly("f:1:18 auth.required: true: there are no tokens, so nobody could send");
    assertThat(problems("auth: {tokens: [{name: a, sha256: my-secret}, {sha256: 1, x: 2}]}"))
        .containsExactly(
            "f:1:35 auth.tokens[0].sha256: must be 64 hexadecimal digits, as sha256sum prints them",
            "f:1:47 auth.tokens[1].name: is missing",
            "f:1:56 auth.tokens[1].sha256: must be 64 hexadecimal digits, as sha256sum prints them",
            "f:1:59 auth.tokens[1].x: unknown key; the nearest known key is name");
    assertThat(
            problems(
                "auth:\n  tokens:\n  - {name: a, sha256: "
                    + HASH
                    + "}\n  - {name: a, sha256: "
                    + HASH
                    + "}"))
        .containsExactly(
            "f:4:12 auth.tokens[1].name: a: another token is called so",
            "f:4:23 auth.tokens[1].sha256: is that of another token");
    assertThat(problems("auth: {require: true}"))
        .containsExactly("f:1:8 auth.require: unknown key; did you mean required?");
  }

  @Test
  void waysOfSendingAreRead() throws Exception {
    var tcp =
        read("tcp: {tls: {cert: /c/a.pem, key: /c/b.pem}, unix_path: /run/telemetry.sock}").tcp();
    assertThat(tcp.tls())
        .isEqualTo(
            new TelemetrySettings.Tls(Path.of("/c/a.pem"), Path.of("/c/b.pem"), null, false));
    assertThat(tcp.unixPath()).isEqualTo(Path.of("/run/telemetry.sock"));
    assertThat(
            read("tcp: {tls: {cert: /c, key: /k, client_ca: /ca, require_client_cert: true}}")
                .tcp()
                .tls())
        .isEqualTo(new TelemetrySettings.Tls(Path.of("/c"), Path.of("/k"), Path.of("/ca"), true));
    assertThat(read("tcp: {tls: null}").tcp().tls()).isNull();
  }

  @Test
  void waysThatCannotBeAreTold() {
    assertThat(problems("tcp: {tls: {cert: /c, require_client_cert: yes}}"))
        .containsExactly(
            "f:1:12 tcp.tls.key: is missing",
            "f:1:44 tcp.tls.require_client_cert: true: needs client_ca, or nobody could be"
                + " believed");
    assertThat(problems("tcp: {unix_path: /" + "x".repeat(107) + "}"))
        .containsExactly("f:1:18 tcp.unix_path: has 108 bytes: a socket has at most 107");
  }

  @Test
  void onAndOffNeedARestartTheRestDoesNot() throws Exception {
    var plain = read("");
    var one = read("tcp: {tls: {cert: /c, key: /k}}");
    var other = read("tcp: {tls: {cert: /d, key: /k}}");
    var socket = read("tcp: {unix_path: /s}\nauth: {tokens: [{name: a, sha256: " + HASH + "}]}");

    assertThat(SettingsDiff.needsRestart(plain, one)).containsExactly("tcp.tls");
    assertThat(SettingsDiff.needsRestart(one, other)).isEmpty();
    assertThat(SettingsDiff.changes(one, other)).containsExactly("tcp");
    assertThat(SettingsDiff.needsRestart(plain, socket)).containsExactly("tcp.unix_path");
    assertThat(SettingsDiff.changes(plain, socket)).containsExactly("tcp", "auth");
  }
}
