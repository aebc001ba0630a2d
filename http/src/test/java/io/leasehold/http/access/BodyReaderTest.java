package io.leasehold.http.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.Test;

class BodyReaderTest {
  private static HttpRequest request(int bytes) {
    var data = Source.single(ByteString.fromString("x".repeat(bytes)));
    return HttpRequest.POST("/")
        .withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, bytes, data));
  }

  @Test
  void bodiesTogetherHaveABoundToo() throws Exception {
    ActorTestKit kit = ActorTestKit.create();
    try {
      var reader = new BodyReader(100, 200, Materializer.createMaterializer(kit.system()));
      var working = new CompletableFuture<String>();

      var first = reader.read(request(100), false, body -> working).toCompletableFuture();
      var second = reader.read(request(100), false, body -> working).toCompletableFuture();
      var third = reader.read(request(1), false, body -> working).toCompletableFuture();

      assertThatThrownBy(() -> third.get(5, TimeUnit.SECONDS))
          .hasRootCauseInstanceOf(Refused.class)
          .hasRootCauseMessage("bodies of 200 bytes are worked on already");
      working.complete("done");
      assertThat(first.get(5, TimeUnit.SECONDS)).isEqualTo("done");
      assertThat(second.get(5, TimeUnit.SECONDS)).isEqualTo("done");
      var fourth =
          reader
              .read(
                  request(100), false, body -> CompletableFuture.completedFuture(body.utf8String()))
              .toCompletableFuture();
      assertThat(fourth.get(5, TimeUnit.SECONDS)).hasSize(100);
    } finally {
      kit.shutdownTestKit();
    }
  }
}
