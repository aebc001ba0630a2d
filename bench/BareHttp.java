import io.leasehold.actors.socket.SocketLoops;
import io.leasehold.domain.time.Clock;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.stream.TLSProtocol.SslTlsInbound;
import org.apache.pekko.stream.TLSProtocol.SslTlsOutbound;
import org.apache.pekko.stream.javadsl.BidiFlow;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.TLSPlacebo;
import org.apache.pekko.util.ByteString;

/**
 * The least that a server of the layers of our application port can do, the library's HTTP on our sockets: every
 * request gets the same body, whatever it asks. What is left to win for our routes is the distance to this. Run by
 * {@code compare-kv.sh --only floor} as {@code java -cp app/target/leasehold.jar bench/BareHttp.java PORT BODY}.
 */
final class BareHttp {
  @SuppressWarnings({"unchecked", "rawtypes"})
  public static void main(String[] arguments) throws Exception {
    ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "bare");
    var body = HttpEntities.create(ContentTypes.APPLICATION_JSON, arguments[1]);
    HttpResponse answer = HttpResponse.create().withEntity(body);
    var usual = ServerSettings.create(system.classicSystem()).withServerHeader(Optional.empty());
    var noTimer = scala.concurrent.duration.Duration.Zero(); // as our port has it
    var settings = usual.withTimeouts(usual.getTimeouts().withRequestTimeout(noTimer));
    var clear = (BidiFlow<SslTlsOutbound, ByteString, ByteString, SslTlsInbound, NotUsed>) (BidiFlow)
        TLSPlacebo.getInstance();
    var http = Http.get(system);
    var loops = SocketLoops.start(system, "bare-http", 1, Duration.ofMinutes(1), Clock.system());
    var address = new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0]));
    loops
        .listen(
            address,
            1_024,
            channel ->
                loops.serve(
                    channel,
                    () -> Flow.of(HttpRequest.class)
                        .map(request -> answer)
                        .join(http.serverLayer(settings).atop(clear)),
                    failure -> System.err.println(failure)),
            () -> {})
        .start();
  }
}
