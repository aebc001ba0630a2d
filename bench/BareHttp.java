import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.japi.function.Function;

/**
 * The least that a server on our HTTP library can do: every request gets the same body, whatever it asks.
 * What is left to win for our routes is the distance to this. Run by {@code compare-kv.sh --only floor} as
 * {@code java -cp app/target/leasehold.jar bench/BareHttp.java PORT BODY}.
 */
final class BareHttp {
  public static void main(String[] arguments) {
    ActorSystem system = ActorSystem.create("bare");
    HttpResponse answer =
        HttpResponse.create()
            .withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, arguments[1]));
    CompletionStage<HttpResponse> done = CompletableFuture.completedFuture(answer);
    Function<HttpRequest, CompletionStage<HttpResponse>> handler = request -> done;
    Http.get(system)
        .newServerAt("127.0.0.1", Integer.parseInt(arguments[0]))
        .withSettings(ServerSettings.create(system).withServerHeader(Optional.empty()))
        .bind(handler);
  }
}
