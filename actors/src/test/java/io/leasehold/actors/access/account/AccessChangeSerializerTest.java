package io.leasehold.actors.access.account;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.util.UUID;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.serialization.SerializationExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What nodes tell each other of changed accounts arrives as it was sent, by the shipped settings.
 */
class AccessChangeSerializerTest {
  @ParameterizedTest
  @EnumSource(AccessChange.Kind.class)
  void everyChangeArrivesAsItWasSent(AccessChange.Kind kind) throws Exception {
    ActorTestKit kit =
        ActorTestKit.create(
            ConfigFactory.parseString("pekko.actor.provider = local")
                .withFallback(ConfigFactory.parseResources("leasehold-pekko.conf"))
                .withFallback(ConfigFactory.load()));
    try {
      var serialization = SerializationExtension.get(kit.system().classicSystem());
      var sent = new AccessChange(UUID.randomUUID(), kind, UUID.randomUUID());
      var serializer = serialization.findSerializerFor(sent);
      assertThat(serializer).isInstanceOf(AccessChangeSerializer.class);
      var form = (AccessChangeSerializer) serializer;
      assertThat(form.fromBinary(form.toBinary(sent), form.manifest(sent))).isEqualTo(sent);
    } finally {
      kit.shutdownTestKit();
    }
  }
}
