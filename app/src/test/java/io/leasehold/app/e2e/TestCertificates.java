package io.leasehold.app.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An authority of our own and one certificate that it signed, in PEM files, by the JDK's keytool.
 */
final class TestCertificates {
  private static final String PASSWORD = "changeit";
  private final Path directory;

  private TestCertificates(Path directory) {
    this.directory = directory;
  }

  static TestCertificates make(Path directory) throws Exception {
    Files.createDirectories(directory);
    var made = new TestCertificates(directory);
    made.keyPair("ca", "-ext", "bc:c");
    made.keyPair("node", "-ext", "san=ip:127.0.0.1");
    made.keytool("node", "-certreq", "-alias", "node", "-file", made.file("node.csr"));
    made.keytool(
        "ca",
        "-gencert",
        "-alias",
        "ca",
        "-ext",
        "san=ip:127.0.0.1",
        "-rfc",
        "-infile",
        made.file("node.csr"),
        "-outfile",
        made.file("node.crt"));
    made.keytool("ca", "-exportcert", "-alias", "ca", "-rfc", "-file", made.file("ca.crt"));
    made.writeKey();
    return made;
  }

  /** Settings of a node that shows this certificate and believes this authority. */
  List<String> sets() {
    return List.of(
        "remoting.tls.certificate=" + file("node.crt"),
        "remoting.tls.key=" + file("node.key"),
        "remoting.tls.authority=" + file("ca.crt"));
  }

  private String file(String name) {
    return directory.resolve(name).toAbsolutePath().toString();
  }

  private void keyPair(String name, String... more) throws Exception {
    var arguments =
        new ArrayList<String>(
            List.of("-genkeypair", "-alias", name, "-keyalg", "RSA", "-keysize", "2048"));
    arguments.addAll(List.of("-dname", "CN=leasehold-" + name, "-validity", "30"));
    arguments.addAll(List.of(more));
    keytool(name, arguments.toArray(String[]::new));
  }

  private void keytool(String store, String... arguments) throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(
        List.of("-keystore", file(store + ".p12"), "-storepass", PASSWORD, "-storetype", "PKCS12"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException(command + ": " + output);
    }
  }

  private void writeKey() throws IOException, GeneralSecurityException {
    var store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(Path.of(file("node.p12")))) {
      store.load(in, PASSWORD.toCharArray());
    }
    Key key = store.getKey("node", PASSWORD.toCharArray());
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
    Files.writeString(
        Path.of(file("node.key")),
        "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----\n");
  }
}
