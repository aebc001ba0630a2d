package io.leasehold.app.server;

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
 * What a node of its own made up once to sign with: {@code secrets.conf} in the data directory, for
 * its owner's eyes only. Used by the process that has the directory.
 */
public final class SecretsFile {
  private static final String NAME = "secrets.conf";
  private static final String JWT_SECRET = "jwt-secret";
  private static final int SECRET_BYTES = 32;
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private SecretsFile() {}

  /** The secret that stands there, or one that does from now on. */
  public static String jwtSecret(Path dataDir, SecureRandom random) throws StartException {
    Path file = dataDir.resolve(NAME);
    try {
      if (!Files.exists(file)) {
        write(file, random);
      }
      Files.setPosixFilePermissions(file, OWNER_ONLY);
      return ConfigFactory.parseString(Files.readString(file, StandardCharsets.UTF_8))
          .getString(JWT_SECRET);
    } catch (IOException e) {
      throw new StartException(file + ": cannot be used (" + e + ")", e);
    } catch (ConfigException e) {
      // its message would quote the file
      throw new StartException(file + ": has no readable " + JWT_SECRET);
    }
  }

  /** Whole or not at all. */
  private static void write(Path file, SecureRandom random) throws IOException {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    Path fresh = file.resolveSibling(NAME + ".new");
    Files.deleteIfExists(fresh);
    Files.createFile(fresh, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    Files.writeString(
        fresh,
        "# Signs sessions and API keys of the gateway; without it they are worth nothing.\n"
            + JWT_SECRET
            + " = \""
            + Base64.getEncoder().encodeToString(secret)
            + "\"\n",
        StandardCharsets.UTF_8);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
