package io.leasehold.app.server;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;

/**
 * What a node of its own made up once: {@code secrets.conf} in the data directory, for its owner's
 * eyes only. Used by the process that has the directory.
 */
public final class SecretsFile {
  private static final String NAME = "secrets.conf";
  private static final String JWT_SECRET = "jwt-secret";
  private static final String ENCRYPTION_KEY = "encryption-key";
  private static final int SECRET_BYTES = 32;
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private SecretsFile() {}

  /** What signs sessions and API keys: what stands there, or does from now on. */
  public static String jwtSecret(Path dataDir, SecureRandom random) throws StartException {
    return secret(
        dataDir,
        JWT_SECRET,
        "# Signs sessions and API keys of the gateway; without it they are worth nothing.",
        "",
        random);
  }

  /** What seals passwords of external instances, with its id: as {@link #jwtSecret}. */
  public static String encryptionKey(Path dataDir, SecureRandom random) throws StartException {
    return secret(
        dataDir,
        ENCRYPTION_KEY,
        "# Seals the passwords of external instances; without it they are lost.",
        "k1:",
        random);
  }

  private static String secret(
      Path dataDir, String name, String why, String id, SecureRandom random) throws StartException {
    Path file = dataDir.resolve(NAME);
    try {
      String text = "";
      if (Files.exists(file)) {
        Files.setPosixFilePermissions(file, OWNER_ONLY);
        text = Files.readString(file, StandardCharsets.UTF_8);
        Config known = ConfigFactory.parseString(text);
        if (known.hasPath(name)) {
          return known.getString(name);
        }
      }
      byte[] secret = new byte[SECRET_BYTES];
      random.nextBytes(secret);
      String made = id + Base64.getEncoder().encodeToString(secret);
      write(file, text + why + "\n" + name + " = \"" + made + "\"\n");
      return made;
    } catch (IOException e) {
      throw new StartException(file + ": cannot be used (" + e + ")", e);
    } catch (ConfigException e) {
      // its message would quote the file
      throw new StartException(file + ": has no readable " + name);
    }
  }

  /** Whole or not at all. */
  private static void write(Path file, String text) throws IOException {
    Path fresh = file.resolveSibling(NAME + ".new");
    Files.deleteIfExists(fresh);
    Files.createFile(fresh, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    Files.writeString(fresh, text, StandardCharsets.UTF_8);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
