// The Java driver of batchmark: java.net.http, measured with the JDK alone.
//
// docs/driver-protocol.md defines what a driver does, README.md what this one measures. Its argument is the
// path of conditions.json. It must never set a timeout of the client: the time limit cancels the batch.

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathBuilderException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

public final class Host {
    /** The version of the protocol that this driver speaks. */
    private static final long VERSION = 1;

    public static void main(String[] arguments) throws Exception {
        // The target may ask for another Host header, which the client otherwise refuses.
        System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
        OutputStream replies = new FileOutputStream(FileDescriptor.out);
        // Whatever a library prints must not reach the replies.
        System.setOut(System.err);
        if (arguments.length != 1) {
            System.err.println("name the file of the conditions: Host.java drivers/conditions.json");
            System.exit(1);
        }
        Conditions conditions = new Conditions(Json.parse(Files.readString(Path.of(arguments[0]))));
        new Driver(Strategy.all(conditions), replies).serve();
    }

    // The protocol

    /** A command that is not carried out, with the kind of its error. */
    private static final class Refusal extends Exception {
        private static final long serialVersionUID = 1;

        final String kind;

        Refusal(String kind, String message) {
            super(message);
            this.kind = kind;
        }
    }

    /** Carries out one command after another. */
    private static final class Driver {
        private static final byte[] END = {};

        private final List<Strategy> strategies;
        private final OutputStream replies;
        private final BlockingQueue<byte[]> lines = new LinkedBlockingQueue<>();
        private volatile boolean hasInputEnded;
        private volatile boolean isTrialRunning;
        private Runner runner;

        Driver(List<Strategy> strategies, OutputStream replies) {
            this.strategies = strategies;
            this.replies = replies;
        }

        void serve() throws Exception {
            Thread reader = new Thread(this::read, "commands");
            reader.setDaemon(true);
            reader.start();
            for (byte[] line = lines.take(); line != END; line = lines.take()) {
                if (!obey(line)) {
                    break;
                }
            }
            Runtime.getRuntime().halt(0);
        }

        /** Reads lines until the end of the input, which ends a running trial too. */
        private void read() {
            try (InputStream input = new BufferedInputStream(new FileInputStream(FileDescriptor.in))) {
                ByteArrayOutputStream line = new ByteArrayOutputStream();
                for (int each = input.read(); each >= 0; each = input.read()) {
                    if (each != '\n') {
                        line.write(each);
                    } else if (line.size() > 0) {
                        lines.add(line.toByteArray());
                        line.reset();
                    }
                }
            } catch (IOException error) {
                System.err.println("the input cannot be read: " + error.getMessage());
            }
            hasInputEnded = true;
            if (isTrialRunning) {
                Runtime.getRuntime().halt(0);
            }
            lines.add(END);
        }

        /** Carries out a command. Gives whether there may be another. */
        private boolean obey(byte[] line) throws Exception {
            try {
                Command command = Command.read(line);
                switch (command.op) {
                    case "hello" -> hello(command.body.count("protocol"));
                    case "prepare" -> prepare(command.body);
                    case "trial" -> trial(command.body);
                    default -> {
                        return false;
                    }
                }
            } catch (Refusal refusal) {
                reply(Map.of("op", "error", "kind", refusal.kind, "message", refusal.getMessage()));
            }
            return true;
        }

        private void hello(long protocol) throws Refusal {
            if (protocol != VERSION) {
                String message = "this driver speaks version " + VERSION + " of the protocol, not " + protocol;
                throw new Refusal("unsupported_version", message);
            }
            Map<String, Object> hello = new LinkedHashMap<>();
            hello.put("op", "hello");
            hello.put("protocol", VERSION);
            hello.put("driver", "java");
            hello.put("now", Long.toString(now()));
            hello.put("versions", List.of(Map.of("module", "java", "version", version())));
            hello.put("strategies", strategies.stream().map(Strategy::described).toList());
            reply(hello);
        }

        private void prepare(Fields body) throws Refusal {
            Preparation prepared = Preparation.read(strategies, body);
            if (runner != null) {
                runner.close();
            }
            runner = new Runner(prepared);
            reply(Map.of("op", "ready", "facts", prepared.facts()));
        }

        private void trial(Fields body) throws Refusal, InterruptedException {
            long id = body.count("id");
            long requests = body.count("requests");
            if (runner == null) {
                throw new Refusal("bad_command", "a trial needs a prepared strategy: send prepare first");
            }
            int offered = runner.preparation.requests.size();
            if (requests < 1 || requests > offered) {
                String message = "a batch of " + requests + " is not possible: the target has " + offered + " requests";
                throw new Refusal("bad_command", message);
            }
            isTrialRunning = true;
            if (hasInputEnded) {
                Runtime.getRuntime().halt(0);
            }
            Measured measured = runner.measure((int) requests);
            isTrialRunning = false;
            reply(Map.of("op", "columns", "id", id, "columns", measured.columns()));
            reply(measured.done(id));
        }

        private void reply(Map<String, Object> message) {
            try {
                replies.write((Json.write(message) + "\n").getBytes(StandardCharsets.UTF_8));
            } catch (IOException gone) {
                Runtime.getRuntime().halt(0);
            }
        }
    }

    /** A command with the fields that it needs. */
    private record Command(String op, Fields body) {
        static Command read(byte[] line) throws Refusal {
            try {
                Fields body = new Fields(Json.parse(decode(line)));
                String op = body.text("op");
                if (!Set.of("hello", "prepare", "trial", "quit").contains(op)) {
                    throw new Refusal("bad_command", "this is not a command: unknown operation \"" + op + "\"");
                }
                return new Command(op, body);
            } catch (Json.Malformed malformed) {
                throw new Refusal("bad_command", "this is not a command: " + malformed.getMessage());
            }
        }

        private static String decode(byte[] line) throws Json.Malformed {
            try {
                return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
            } catch (CharacterCodingException error) {
                throw new Json.Malformed("it is not UTF-8");
            }
        }
    }

    /** The fields of an object of a command. A field of another type is refused like a missing one. */
    private static final class Fields {
        private final Map<?, ?> fields;

        Fields(Object value) throws Refusal {
            if (!(value instanceof Map<?, ?> object)) {
                throw new Refusal("bad_command", "this is not a command: an object is expected");
            }
            fields = object;
        }

        boolean has(String name) {
            return fields.get(name) != null;
        }

        String text(String name) throws Refusal {
            return typed(name, String.class);
        }

        boolean flag(String name) throws Refusal {
            return typed(name, Boolean.class);
        }

        long count(String name) throws Refusal {
            return typed(name, Long.class);
        }

        Fields object(String name) throws Refusal {
            return new Fields(typed(name, Map.class));
        }

        List<?> list(String name) throws Refusal {
            return typed(name, List.class);
        }

        List<Fields> objects(String name) throws Refusal {
            List<Fields> objects = new ArrayList<>();
            for (Object each : list(name)) {
                objects.add(new Fields(each));
            }
            return objects;
        }

        Set<?> names() {
            return fields.keySet();
        }

        private <T> T typed(String name, Class<T> type) throws Refusal {
            Object value = fields.get(name);
            if (!type.isInstance(value)) {
                throw new Refusal("bad_command", "this is not a command: \"" + name + "\" is missing or invalid");
            }
            return type.cast(value);
        }
    }

    // Conditions

    /** The conditions as conditions.json defines them for all drivers. */
    private static final class Conditions {
        /** The name under which the file knows java.net.http. */
        private static final String CLIENT = "java";

        private final Map<?, ?> definitions;

        Conditions(Object definitions) {
            this.definitions = (Map<?, ?>) definitions;
        }

        Condition defined(String name) {
            Map<String, Object> definition = merged((Map<?, ?>) definitions.get(name));
            Object value = definition.get("default");
            String chosen = value instanceof Map<?, ?> bounds ? perCpu(bounds) : (String) value;
            return new Condition(name, (String) definition.get("summary"), chosen, (Map<?, ?>) definition.get("values"));
        }

        /** A definition, with what differs for this client. */
        private static Map<String, Object> merged(Map<?, ?> definition) {
            Map<String, Object> merged = new LinkedHashMap<>();
            definition.forEach((name, value) -> merged.put((String) name, value));
            if (merged.remove("variants") instanceof List<?> variants) {
                for (Object each : variants) {
                    Map<?, ?> variant = (Map<?, ?>) each;
                    if (((List<?>) variant.get("clients")).contains(CLIENT)) {
                        variant.forEach((name, value) -> merged.put((String) name, value));
                    }
                }
            }
            return merged;
        }

        private static String perCpu(Map<?, ?> bounds) {
            long wanted = Runtime.getRuntime().availableProcessors() + (long) bounds.get("cpus_plus");
            return Long.toString(Math.min(wanted, (long) bounds.get("at_most")));
        }
    }

    /** A condition of a strategy. */
    private record Condition(String name, String summary, String chosen, Map<?, ?> values) {
        private static final Pattern COUNT = Pattern.compile("[0-9]{1,9}");
        private static final Pattern TIME = Pattern.compile("0|[0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m)");

        Map<String, Object> described() {
            return Map.of("name", name, "default", chosen, "values", values, "summary", summary);
        }

        boolean accepts(String value) {
            if (words().contains(value)) {
                return true;
            }
            if (values.get("count_from") instanceof Long least && COUNT.matcher(value).matches()) {
                return Long.parseLong(value) >= least;
            }
            return values.get("time_after") instanceof String prefix
                && value.startsWith(prefix)
                && TIME.matcher(value.substring(prefix.length())).matches();
        }

        /** Describes the valid values: "native or a number from 1 up". */
        String validValues() {
            List<String> parts = new ArrayList<>();
            words().forEach(word -> parts.add((String) word));
            if (values.get("count_from") instanceof Long least) {
                parts.add("a number from " + least + " up");
            }
            if (values.get("time_after") instanceof String prefix) {
                parts.add(prefix + "TIME (such as " + prefix + "11ms)");
            }
            return String.join(" or ", parts);
        }

        private List<?> words() {
            return values.get("words") instanceof List<?> words ? words : List.of();
        }
    }

    /** The values of all conditions; `sleep` is null where requests fetch. */
    private record Settings(boolean isWarm, int concurrency, int workers, String http, Long sleep) {
        static Settings read(Strategy strategy, Fields given) throws Refusal {
            Map<String, String> values = new LinkedHashMap<>();
            strategy.conditions.forEach(each -> values.put(each.name, each.chosen));
            for (Object each : given.names()) {
                String name = (String) each;
                String value = given.text(name);
                check(strategy, name, value);
                values.put(name, value);
            }
            String work = values.get("work");
            return new Settings(
                values.get("session").equals("warm"),
                Integer.parseInt(values.getOrDefault("concurrency", "1")),
                Integer.parseInt(values.getOrDefault("workers", "1")),
                values.get("http"),
                work.startsWith("sleep:") ? nanoseconds(work.substring("sleep:".length())) : null);
        }

        /** The version that a client is given; by default it is HTTP/2. */
        HttpClient.Version version() {
            return http.equals("1.1") ? HttpClient.Version.HTTP_1_1 : HttpClient.Version.HTTP_2;
        }

        private static void check(Strategy strategy, String name, String value) throws Refusal {
            Condition found = strategy.condition(name);
            if (found == null) {
                String known = strategy.conditions.stream().map(Condition::name).collect(Collectors.joining(", "));
                String message = strategy.name + " has no condition \"" + name + "\": it has " + known;
                throw new Refusal("bad_condition", message);
            }
            if (!found.accepts(value)) {
                String message = name + "=" + value + " is not valid: use " + found.validValues();
                throw new Refusal("bad_condition", message);
            }
        }

        private static long nanoseconds(String time) {
            String number = time.replaceAll("[^0-9.]", "");
            double unit = switch (time.substring(number.length())) {
                case "us", "µs" -> 1e3;
                case "ms" -> 1e6;
                case "s" -> 1e9;
                case "m" -> 60e9;
                default -> 1;
            };
            return Math.round(Double.parseDouble(number) * unit);
        }
    }

    // Strategies

    /** A way to fetch a batch. */
    private record Strategy(String name, String summary, List<Condition> conditions, List<String> columns, Mode mode) {
        private static final List<String> COLUMNS = List.of("submitted", "started", "done", "status", "bytes", "error");

        static List<Strategy> all(Conditions conditions) {
            List<String> withWorker = new ArrayList<>(COLUMNS);
            withWorker.add("worker");
            return List.of(
                new Strategy(
                    "java/async",
                    "java.net.http, sendAsync for each request",
                    conditions(conditions, "session", "concurrency", "http", "work"),
                    COLUMNS,
                    new AsyncMode()),
                new Strategy(
                    "java/threads",
                    "java.net.http, send in a pool of threads",
                    conditions(conditions, "session", "workers", "http", "work"),
                    withWorker,
                    new ThreadsMode()));
        }

        private static List<Condition> conditions(Conditions conditions, String... names) {
            return Arrays.stream(names).map(conditions::defined).toList();
        }

        static Strategy find(List<Strategy> strategies, String name) throws Refusal {
            for (Strategy each : strategies) {
                if (each.name.equals(name)) {
                    return each;
                }
            }
            String known = strategies.stream().map(Strategy::name).collect(Collectors.joining(", "));
            throw new Refusal("unknown_strategy", "unknown strategy \"" + name + "\": use one of " + known);
        }

        Condition condition(String name) {
            return conditions.stream().filter(each -> each.name.equals(name)).findFirst().orElse(null);
        }

        Map<String, Object> described() {
            List<Map<String, Object>> described = conditions.stream().map(Condition::described).toList();
            return Map.of("name", name, "summary", summary, "conditions", described, "columns", columns);
        }
    }

    /** How the requests of a batch are made with one client. */
    private interface Mode {
        /** Opens what is closed after the client. */
        ExecutorService openPool(Settings settings);

        /** Makes all requests. Returns when each is settled, or the batch is interrupted. */
        void run(Batch batch, Session session) throws InterruptedException;
    }

    /** All requests at once, up to a limit: whenever one ends, the next one starts. */
    private static final class AsyncMode implements Mode {
        @Override
        public ExecutorService openPool(Settings settings) {
            return null;
        }

        @Override
        public void run(Batch batch, Session session) throws InterruptedException {
            batch.submitAll();
            Flight flight = new Flight(batch, session);
            for (int slot = 0; slot < Math.min(batch.settings().concurrency, batch.rows.length); slot++) {
                flight.startNext();
            }
            flight.left.await();
        }

        private static final class Flight {
            final Batch batch;
            final Session session;
            final AtomicInteger next = new AtomicInteger();
            final CountDownLatch left;

            Flight(Batch batch, Session session) {
                this.batch = batch;
                this.session = session;
                left = new CountDownLatch(batch.rows.length);
            }

            void startNext() {
                int place = next.getAndIncrement();
                if (place >= batch.rows.length) {
                    return;
                }
                batch.rows[place].started = batch.mark();
                batch.fetchAsync(place, session.client).whenComplete((outcome, error) -> {
                    batch.settle(place, error == null ? outcome : Failure.of(error));
                    left.countDown();
                    startNext();
                });
            }
        }
    }

    /** A fixed pool of threads that share one client. */
    private static final class ThreadsMode implements Mode {
        private static final String PREFIX = "worker-";

        @Override
        public ExecutorService openPool(Settings settings) {
            AtomicInteger started = new AtomicInteger();
            ThreadFactory factory = task -> {
                Thread thread = new Thread(task, PREFIX + started.getAndIncrement());
                thread.setDaemon(true);
                return thread;
            };
            return Executors.newFixedThreadPool(settings.workers, factory);
        }

        @Override
        public void run(Batch batch, Session session) throws InterruptedException {
            batch.submitAll();
            CountDownLatch left = new CountDownLatch(batch.rows.length);
            for (int place = 0; place < batch.rows.length; place++) {
                int each = place;
                session.pool.execute(() -> {
                    batch.rows[each].started = batch.mark();
                    batch.rows[each].worker = Long.parseLong(Thread.currentThread().getName().substring(PREFIX.length()));
                    batch.settle(each, batch.fetch(each, session.client));
                    left.countDown();
                });
            }
            left.await();
        }
    }

    // Sessions

    /** A client with what it needs; `pool` is null where no thread makes requests. */
    private record Session(HttpClient client, ExecutorService pool) {
        /** Before Java 21 only the garbage collector closes a client. */
        static final boolean IS_CLOSEABLE = AutoCloseable.class.isAssignableFrom(HttpClient.class);
        /** A day. The client reads it when the first one of a process is built. */
        private static final String KEPT_IDLE_SECONDS = "86400";

        static Session open(Preparation preparation) {
            if (preparation.settings.isWarm) {
                // By default Java 20 and newer close an idle connection after 30 s: between two batches.
                System.setProperty("jdk.httpclient.keepalive.timeout", KEPT_IDLE_SECONDS);
                System.setProperty("jdk.httpclient.keepalive.timeout.h2", KEPT_IDLE_SECONDS);
            }
            HttpClient client = null;
            if (preparation.settings.sleep == null) {
                HttpClient.Builder builder = HttpClient.newBuilder();
                if (preparation.trust.context != null) {
                    builder.sslContext(preparation.trust.context);
                }
                if (!preparation.settings.http.equals("native")) {
                    builder.version(preparation.settings.version());
                }
                client = builder.build();
            }
            return new Session(client, preparation.strategy.mode.openPool(preparation.settings));
        }

        void close() throws Exception {
            if (pool != null) {
                pool.shutdown();
            }
            if ((Object) client instanceof AutoCloseable closeable) {
                closeable.close();
            }
        }

        void interrupt() {
            if (pool != null) {
                pool.shutdownNow();
            }
        }
    }

    // Batches

    /** What is known of one request. Milestones are readings of the clock, null where not observed. */
    private static final class Row {
        volatile Long submitted;
        volatile Long started;
        volatile Long done;
        volatile Long worker;
        volatile Long status;
        volatile Long bytes;
        volatile String version;
        volatile boolean isSettled;
        volatile Failure failure;
    }

    /** One trial while it runs. */
    private static final class Batch {
        private static final Failure NONE = null;

        final Preparation preparation;
        final Row[] rows;
        final long deadline;
        private final List<CompletableFuture<?>> inFlight = new ArrayList<>();

        Batch(Preparation preparation, int requests) {
            this.preparation = preparation;
            rows = new Row[requests];
            Arrays.setAll(rows, place -> new Row());
            deadline = now() + preparation.limit;
        }

        Settings settings() {
            return preparation.settings;
        }

        /** The time of a milestone; null without a trace. */
        Long mark() {
            return preparation.isTraced ? now() : null;
        }

        void submitAll() {
            Long at = mark();
            for (Row row : rows) {
                row.submitted = at;
            }
        }

        boolean isOver() {
            return now() >= deadline;
        }

        /** Makes a request on the calling thread. */
        Failure fetch(int place, HttpClient client) {
            if (isOver()) {
                return preparation.limitFailure();
            }
            try {
                if (settings().sleep != null) {
                    TimeUnit.NANOSECONDS.sleep(Math.min(settings().sleep, deadline - now()));
                    return NONE;
                }
                return answered(place, client.send(request(place), HttpResponse.BodyHandlers.ofByteArray()));
            } catch (InterruptedException interrupted) {
                return preparation.limitFailure();
            } catch (IOException | RuntimeException error) {
                return Failure.of(error);
            }
        }

        /** Starts a request. */
        CompletableFuture<Failure> fetchAsync(int place, HttpClient client) {
            if (isOver()) {
                return CompletableFuture.completedFuture(preparation.limitFailure());
            }
            if (settings().sleep != null) {
                var timer = CompletableFuture.delayedExecutor(settings().sleep, TimeUnit.NANOSECONDS);
                return keep(CompletableFuture.supplyAsync(() -> NONE, timer));
            }
            try {
                var answer = keep(client.sendAsync(request(place), HttpResponse.BodyHandlers.ofByteArray()));
                return answer.thenApply(response -> answered(place, response));
            } catch (RuntimeException error) {
                return CompletableFuture.completedFuture(Failure.of(error));
            }
        }

        private HttpRequest request(int place) {
            return preparation.requests.get(place).build();
        }

        private synchronized <T> CompletableFuture<T> keep(CompletableFuture<T> future) {
            inFlight.add(future);
            return future;
        }

        synchronized void cancel() {
            inFlight.forEach(future -> future.cancel(true));
        }

        private Failure answered(int place, HttpResponse<byte[]> response) {
            rows[place].status = (long) response.statusCode();
            rows[place].bytes = (long) response.body().length;
            rows[place].version = response.version() == HttpClient.Version.HTTP_2 ? "2" : "1.1";
            return preparation.checks.check(response.statusCode(), response.body().length);
        }

        /** Ends a request. After the limit every result is a timeout: a cut-off body can look complete. */
        void settle(int place, Failure failure) {
            Row row = rows[place];
            row.failure = isOver() ? preparation.limitFailure() : failure;
            if (row.failure == null || row.failure.isVerdict()) {
                row.done = mark();
            }
            row.isSettled = true;
        }
    }

    /** Runs the batches of one preparation. */
    private static final class Runner {
        /** How long an interrupted batch may take to end before the driver stops waiting for it. */
        private static final long GRACE_MS = 1000;

        final Preparation preparation;
        private Session warm;

        Runner(Preparation preparation) {
            this.preparation = preparation;
        }

        Measured measure(int requests) throws InterruptedException {
            Batch batch = new Batch(preparation, requests);
            if (preparation.settings.isWarm && warm == null) {
                warm = Session.open(preparation);
            }
            Timed timed = new Timed(batch, warm);
            Thread thread = new Thread(timed, "batch");
            thread.setDaemon(true);
            thread.start();
            thread.join(Math.max(1, (batch.deadline - now()) / 1_000_000));
            if (thread.isAlive()) {
                timed.interrupt();
                thread.interrupt();
                thread.join(GRACE_MS);
            }
            if (batch.isOver()) {
                close();
            }
            if (!preparation.settings.isWarm && !Session.IS_CLOSEABLE) {
                // Finds the client that was left behind, which then closes its connections.
                System.gc();
            }
            return timed.measured();
        }

        void close() {
            if (warm != null) {
                warm.interrupt();
            }
            warm = null;
        }
    }

    /** The timed section. A cold session is opened and closed in it. */
    private static final class Timed implements Runnable {
        private final Batch batch;
        private final Session warm;
        private final long created = now();
        private volatile Session session;
        private volatile Measured measured;

        Timed(Batch batch, Session warm) {
            this.batch = batch;
            this.warm = warm;
        }

        @Override
        public void run() {
            Usage before = Usage.read();
            long started = now();
            try {
                session = warm == null ? Session.open(batch.preparation) : warm;
                batch.preparation.strategy.mode.run(batch, session);
                if (warm == null) {
                    session.close();
                }
            } catch (InterruptedException interrupted) {
                // The time limit has passed: what is not settled is a timeout.
            } catch (Exception error) {
                System.err.println("the session cannot be closed: " + error);
            }
            long finished = now();
            measured = new Measured(batch, started, finished, Usage.read().since(before));
        }

        void interrupt() {
            batch.cancel();
            if (session != null) {
                session.interrupt();
            }
        }

        Measured measured() {
            return measured != null ? measured : new Measured(batch, created, now(), null);
        }
    }

    /** A batch that has ended. */
    private record Measured(Batch batch, long started, long finished, Usage usage) {
        Map<String, Object> columns() {
            Map<String, Object> columns = new LinkedHashMap<>();
            times(columns, "submitted", row -> row.submitted);
            times(columns, "started", row -> row.started);
            times(columns, "done", row -> row.done);
            column(columns, "worker", row -> batch.preparation.isTraced ? row.worker : null);
            column(columns, "status", row -> row.status);
            column(columns, "bytes", row -> row.bytes);
            column(columns, "error", row -> {
                Failure failure = row.isSettled ? row.failure : batch.preparation.limitFailure();
                return failure == null ? null : Map.of("kind", failure.kind, "message", failure.message);
            });
            return columns;
        }

        /** A thread that outlives the time limit may still write after the end: that is no part of the batch. */
        private void times(Map<String, Object> columns, String name, java.util.function.Function<Row, Long> time) {
            column(columns, name, row -> {
                Long at = time.apply(row);
                return at == null || at > finished ? null : at - started;
            });
        }

        private void column(Map<String, Object> columns, String name, java.util.function.Function<Row, Object> entry) {
            List<Object> entries = new ArrayList<>();
            for (Row row : batch.rows) {
                entries.add(entry.apply(row));
            }
            if (entries.stream().anyMatch(each -> each != null)) {
                columns.put(name, entries);
            }
        }

        Map<String, Object> done(long id) {
            Map<String, Object> done = new LinkedHashMap<>();
            done.put("op", "done");
            done.put("id", id);
            done.put("started", Long.toString(started));
            done.put("finished", Long.toString(finished));
            if (usage != null) {
                done.put("usage", usage.described());
            }
            Map<String, Long> versions = new TreeMap<>();
            for (Row row : batch.rows) {
                if (row.version != null) {
                    versions.merge(row.version, 1L, Long::sum);
                }
            }
            if (!versions.isEmpty()) {
                done.put("http", versions);
            }
            return done;
        }
    }

    /** What the process used, of which Linux tells Java little: CPU time in ticks, and the peak memory. */
    private record Usage(long user, long system, Long peakMemory) {
        private static final long TICK = 10_000_000;
        private static final int USER = 11;
        private static final int SYSTEM = 12;

        /** Reads the usage; null where the system does not show it. */
        static Usage read() {
            try {
                String stat = Files.readString(Path.of("/proc/self/stat"));
                // The fields that follow the name, which may itself contain blanks.
                String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
                return new Usage(ticks(fields[USER]), ticks(fields[SYSTEM]), readPeakMemory());
            } catch (IOException | RuntimeException unknown) {
                return new Usage(0, 0, null);
            }
        }

        private static long ticks(String field) {
            return Long.parseLong(field) * TICK;
        }

        private static Long readPeakMemory() throws IOException {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
                }
            }
            return null;
        }

        Usage since(Usage before) {
            return new Usage(user - before.user, system - before.system, peakMemory);
        }

        Map<String, Object> described() {
            Map<String, Object> described = new LinkedHashMap<>();
            if (peakMemory != null) {
                described.put("user", user);
                described.put("system", system);
                described.put("peak_memory", peakMemory);
            }
            return described;
        }
    }

    // Failures

    /** How a request failed. */
    private record Failure(String kind, String message) {
        /** Whether a complete response arrived, and was not the expected one. */
        boolean isVerdict() {
            return kind.equals("status") || kind.equals("check") || kind.equals("interim_status");
        }

        /** The failure behind an error of the client. */
        static Failure of(Throwable error) {
            Throwable shown = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
            String message = shown.getMessage() == null ? shown.getClass().getSimpleName() : shown.getMessage();
            return new Failure(kind(shown), message);
        }

        private static String kind(Throwable error) {
            List<Throwable> chain = new ArrayList<>();
            for (Throwable each = error; each != null && !chain.contains(each); each = each.getCause()) {
                chain.add(each);
            }
            if (has(chain, UnresolvedAddressException.class) || has(chain, UnknownHostException.class)) {
                return "dns";
            }
            if (has(chain, ConnectException.class) || has(chain, NoRouteToHostException.class)) {
                return "refused";
            }
            if (has(chain, SSLException.class)) {
                return tlsKind(chain);
            }
            if (has(chain, ProtocolException.class)) {
                return "protocol";
            }
            return has(chain, IOException.class) ? "reset" : "protocol";
        }

        private static String tlsKind(List<Throwable> chain) {
            if (has(chain, CertificateExpiredException.class) || has(chain, CertificateNotYetValidException.class)) {
                return "certificate_dates";
            }
            if (has(chain, CertPathBuilderException.class)) {
                return "certificate_untrusted";
            }
            for (Throwable each : chain) {
                if (each instanceof CertificateException && String.valueOf(each.getMessage()).startsWith("No ")) {
                    return "certificate_name";
                }
            }
            return has(chain, CertificateException.class) ? "certificate_unfit" : "tls";
        }

        private static boolean has(List<Throwable> chain, Class<?> type) {
            return chain.stream().anyMatch(type::isInstance);
        }
    }

    /** When an answer counts as successful. */
    private record Checks(List<Long> statuses, long minBytes) {
        static Checks read(Fields fields) throws Refusal {
            List<Long> statuses = new ArrayList<>();
            for (Object each : fields.list("statuses")) {
                if (!(each instanceof Long status)) {
                    throw new Refusal("bad_command", "this is not a command: a status is a number");
                }
                statuses.add(status);
            }
            return new Checks(statuses, fields.count("min_bytes"));
        }

        Failure check(long status, long bytes) {
            if (status < 200) {
                return new Failure("interim_status", "the client took the interim response " + status + " for the answer");
            }
            if (!statuses.contains(status)) {
                String expected = statuses.stream().map(String::valueOf).collect(Collectors.joining(" or "));
                return new Failure("status", "status " + status + ", expected " + expected);
            }
            if (bytes < minBytes) {
                return new Failure("check", "body of " + bytes + " bytes, expected at least " + minBytes);
            }
            return null;
        }
    }

    // Preparation

    /** A request that has been checked. */
    private record Wanted(String method, String url, List<Fields> headers, String body) {
        /** Makes the request as users do, from the text of its URL. */
        HttpRequest build() {
            HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(url));
            if (body != null) {
                builder.method(method, HttpRequest.BodyPublishers.ofString(body));
            } else if (method.equals("DELETE")) {
                builder.DELETE();
            } else if (!method.equals("GET")) {
                builder.method(method, HttpRequest.BodyPublishers.noBody());
            }
            for (Fields header : headers) {
                builder.header((String) header.fields.get("name"), (String) header.fields.get("value"));
            }
            return builder.build();
        }

        static List<Wanted> readAll(Fields target) throws Refusal {
            List<Fields> headers = target.has("headers") ? target.objects("headers") : List.of();
            for (Fields header : headers) {
                header.text("name");
                header.text("value");
            }
            List<Wanted> requests = new ArrayList<>();
            for (Fields each : target.objects("requests")) {
                String body = each.has("body") ? each.text("body") : null;
                Wanted wanted = new Wanted(each.text("method"), each.text("url"), headers, body);
                wanted.check();
                requests.add(wanted);
            }
            if (requests.isEmpty()) {
                throw new Refusal("bad_target", "the target has no requests");
            }
            return requests;
        }

        private void check() throws Refusal {
            if (!url.matches("(?i)https?:.*")) {
                throw new Refusal("bad_target", "\"" + url + "\" is not an http or https URL");
            }
            try {
                HttpRequest built = build();
                if (built.uri().getUserInfo() != null) {
                    String remedy = "send them in an Authorization header";
                    throw new Refusal("bad_target", "\"" + url + "\" contains credentials: " + remedy);
                }
            } catch (IllegalArgumentException error) {
                throw new Refusal("bad_target", "\"" + url + "\" cannot be requested: " + error.getMessage());
            }
        }

        boolean isSecure() {
            return url.regionMatches(true, 0, "https:", 0, "https:".length());
        }
    }

    /** Which certificates a client trusts; `context` is null for Java's own. */
    private record Trust(SSLContext context, String description, boolean isVerified) {
        static Trust read(Fields order) throws Refusal {
            try {
                return switch (order.text("roots")) {
                    case "default" -> new Trust(null, "Java's certificates", true);
                    case "anyone" -> new Trust(context(new AcceptAnyone()), "anyone", false);
                    case "file" -> {
                        SSLContext context = context(manager(certificates(order.text("path"))));
                        yield new Trust(context, "the given file, and no other", true);
                    }
                    case "added" -> {
                        List<Certificate> all = new ArrayList<>(Arrays.asList(usual().getAcceptedIssuers()));
                        all.addAll(certificates(order.text("path")));
                        yield new Trust(context(manager(all)), "Java's certificates and the given file", true);
                    }
                    default -> throw new Refusal("bad_command", "unknown roots \"" + order.text("roots") + "\"");
                };
            } catch (GeneralSecurityException | IOException error) {
                throw new Refusal("internal", "the certificates cannot be used: " + error.getMessage());
            }
        }

        private static Collection<? extends Certificate> certificates(String path) throws Refusal {
            try (InputStream file = Files.newInputStream(Path.of(path))) {
                var found = CertificateFactory.getInstance("X.509").generateCertificates(file);
                if (found.isEmpty()) {
                    String message = "the certificate file " + path + " contains no certificate in PEM format";
                    throw new Refusal("bad_target", message);
                }
                return found;
            } catch (IOException | CertificateException error) {
                throw new Refusal("bad_target", "cannot read the certificate file " + path + ": " + error.getMessage());
            }
        }

        private static SSLContext context(TrustManager manager) throws GeneralSecurityException {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {manager}, null);
            return context;
        }

        private static TrustManager manager(Collection<? extends Certificate> certificates)
            throws GeneralSecurityException, IOException {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int place = 0;
            for (Certificate each : certificates) {
                store.setCertificateEntry("root-" + place++, each);
            }
            return managers(store)[0];
        }

        private static X509TrustManager usual() throws GeneralSecurityException {
            return (X509TrustManager) managers(null)[0];
        }

        private static TrustManager[] managers(KeyStore store) throws GeneralSecurityException {
            var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory.getTrustManagers();
        }
    }

    /** Verifies nothing, not even names: the client leaves both to an extended manager. */
    private static final class AcceptAnyone extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** A strategy that is ready for trials; `limit` is in nanoseconds. */
    private record Preparation(
        Strategy strategy,
        Settings settings,
        List<Wanted> requests,
        Trust trust,
        Checks checks,
        long limit,
        boolean isTraced) {
        static Preparation read(List<Strategy> strategies, Fields body) throws Refusal {
            Strategy strategy = Strategy.find(strategies, body.text("strategy"));
            Settings settings = Settings.read(strategy, body.object("conditions"));
            Fields target = body.object("target");
            return new Preparation(
                strategy,
                settings,
                Wanted.readAll(target),
                Trust.read(target.object("trust")),
                Checks.read(target.object("checks")),
                target.count("time_limit"),
                body.flag("trace"));
        }

        Failure limitFailure() {
            boolean isWhole = limit % 1_000_000_000 == 0;
            String written = isWhole
                ? limit / 1_000_000_000 + " s"
                : new java.math.BigDecimal(limit).movePointLeft(6).stripTrailingZeros().toPlainString() + " ms";
            return new Failure("timeout", "the trial reached its time limit of " + written);
        }

        Map<String, Object> facts() {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("runtime", "Java " + version());
            if (settings.sleep != null) {
                return facts;
            }
            boolean asks = settings.version() == HttpClient.Version.HTTP_2;
            facts.put("http", asks ? "2 where the server offers it, else 1.1" : "1.1");
            facts.put("compression", requestedEncoding());
            facts.put("redirects", "not followed");
            facts.put("dns", "looked up for each connection, and kept by Java for 30 s");
            facts.put("bodies", "read to the end");
            if (requests.stream().anyMatch(Wanted::isSecure)) {
                facts.put("verification", trust.isVerified ? "on" : "off");
                facts.put("trust", trust.description);
                facts.put("tls_library", "Java's JSSE " + version());
                facts.put("resumption", "offered");
            }
            return facts;
        }

        private String requestedEncoding() {
            return requests.get(0).build().headers().firstValue("Accept-Encoding").orElse("none asked for");
        }
    }

    private static String version() {
        return System.getProperty("java.version");
    }

    /** The machine's monotonic clock in nanoseconds: on Linux, nanoTime reads CLOCK_MONOTONIC. */
    private static long now() {
        return System.nanoTime();
    }

    // JSON

    /**
     * Reads and writes JSON, which the JDK cannot. Objects are maps, arrays lists, whole numbers Long, others
     * Double. It takes what RFC 8259 allows and no more; a name may occur only once in an object.
     */
    private static final class Json {
        private static final int DEEPEST = 100;
        private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

        private final String text;
        private int place;
        private int depth;

        private Json(String text) {
            this.text = text;
        }

        /** A text that is not JSON. */
        static final class Malformed extends Exception {
            private static final long serialVersionUID = 1;

            Malformed(String message) {
                super(message);
            }
        }

        static Object parse(String text) throws Malformed {
            Json reader = new Json(text);
            Object value = reader.value();
            if (reader.peek() >= 0) {
                throw reader.unexpected("the end");
            }
            return value;
        }

        private Object value() throws Malformed {
            return switch (peek()) {
                case '{' -> object();
                case '[' -> array();
                case '"' -> string();
                case 't' -> word("true", true);
                case 'f' -> word("false", false);
                case 'n' -> word("null", null);
                default -> number();
            };
        }

        private Map<String, Object> object() throws Malformed {
            enter('{');
            Map<String, Object> object = new LinkedHashMap<>();
            for (boolean isMore = peek() != '}'; isMore; isMore = takes(',')) {
                if (peek() != '"') {
                    throw unexpected("a name");
                }
                String name = string();
                take(':');
                Object value = value();
                if (object.containsKey(name)) {
                    throw new Malformed("\"" + name + "\" occurs twice");
                }
                object.put(name, value);
            }
            leave('}');
            return object;
        }

        private List<Object> array() throws Malformed {
            enter('[');
            List<Object> array = new ArrayList<>();
            for (boolean isMore = peek() != ']'; isMore; isMore = takes(',')) {
                array.add(value());
            }
            leave(']');
            return array;
        }

        private void enter(char bracket) throws Malformed {
            take(bracket);
            if (++depth > DEEPEST) {
                throw new Malformed("it is nested deeper than " + DEEPEST + " levels");
            }
        }

        private void leave(char bracket) throws Malformed {
            take(bracket);
            depth--;
        }

        private Object word(String word, Object value) throws Malformed {
            if (!text.startsWith(word, place)) {
                throw unexpected("a value");
            }
            place += word.length();
            return value;
        }

        private Object number() throws Malformed {
            var matcher = NUMBER.matcher(text).region(place, text.length());
            if (!matcher.lookingAt()) {
                throw unexpected("a value");
            }
            place = matcher.end();
            try {
                boolean isWhole = matcher.group(2) == null && matcher.group(3) == null;
                return isWhole ? (Object) Long.parseLong(matcher.group()) : (Object) Double.parseDouble(matcher.group());
            } catch (NumberFormatException error) {
                return Double.parseDouble(matcher.group());
            }
        }

        private String string() throws Malformed {
            take('"');
            StringBuilder string = new StringBuilder();
            while (true) {
                char letter = next();
                if (letter == '"') {
                    return string.toString();
                }
                if (letter < ' ') {
                    throw new Malformed("a text contains a control character");
                }
                string.append(letter == '\\' ? escaped() : letter);
            }
        }

        private char escaped() throws Malformed {
            char letter = next();
            return switch (letter) {
                case '"', '\\', '/' -> letter;
                case 'b' -> '\b';
                case 'f' -> '\f';
                case 'n' -> '\n';
                case 'r' -> '\r';
                case 't' -> '\t';
                case 'u' -> unicode();
                default -> throw new Malformed("\\" + letter + " is no escape");
            };
        }

        private char unicode() throws Malformed {
            int end = Math.min(place + 4, text.length());
            String digits = text.substring(place, end);
            if (!digits.matches("[0-9a-fA-F]{4}")) {
                throw new Malformed("\\u" + digits + " is no escape");
            }
            place = end;
            return (char) Integer.parseInt(digits, 16);
        }

        private char next() throws Malformed {
            if (place >= text.length()) {
                throw new Malformed("it ends in a text");
            }
            return text.charAt(place++);
        }

        /** The next sign that is not blank; -1 at the end. */
        private int peek() {
            while (place < text.length() && " \t\r\n".indexOf(text.charAt(place)) >= 0) {
                place++;
            }
            return place < text.length() ? text.charAt(place) : -1;
        }

        private boolean takes(char sign) {
            boolean isNext = peek() == sign;
            place += isNext ? 1 : 0;
            return isNext;
        }

        private void take(char sign) throws Malformed {
            if (!takes(sign)) {
                throw unexpected("\"" + sign + "\"");
            }
        }

        private Malformed unexpected(String expected) {
            int found = peek();
            String shown = found < 0 ? "the end" : "\"" + (char) found + "\"";
            return new Malformed(expected + " is expected at character " + (place + 1) + ", not " + shown);
        }

        static String write(Object value) {
            StringBuilder written = new StringBuilder();
            write(value, written);
            return written.toString();
        }

        private static void write(Object value, StringBuilder written) {
            if (value instanceof Map<?, ?> object) {
                writeAll(object.entrySet(), "{}", written, each -> {
                    write(each.getKey(), written);
                    written.append(':');
                    write(each.getValue(), written);
                });
            } else if (value instanceof Collection<?> array) {
                writeAll(array, "[]", written, each -> write(each, written));
            } else if (value instanceof String string) {
                writeString(string, written);
            } else {
                written.append(value);
            }
        }

        private static <T> void writeAll(Collection<T> all, String brackets, StringBuilder written, Consumer<T> entry) {
            written.append(brackets.charAt(0));
            boolean isFirst = true;
            for (T each : all) {
                written.append(isFirst ? "" : ",");
                entry.accept(each);
                isFirst = false;
            }
            written.append(brackets.charAt(1));
        }

        private static void writeString(String string, StringBuilder written) {
            written.append('"');
            for (char letter : string.toCharArray()) {
                if (letter == '"' || letter == '\\') {
                    written.append('\\').append(letter);
                } else if (letter < ' ' || Character.isSurrogate(letter)) {
                    written.append(String.format("\\u%04x", (int) letter));
                } else {
                    written.append(letter);
                }
            }
            written.append('"');
        }
    }
}
