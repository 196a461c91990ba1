import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import java.util.Scanner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/** A worker (see ../worker.h) with HikariCP, over a driver that does nothing. */
public final class Worker {
    private static final String NAME = "HikariCP";
    private static final int CONNECTIONS = 15;
    private static final long BUSY_UP_TO_NS = 20_000;
    private static final long TIMEOUT_MS = 60_000;

    private final HikariDataSource pool;
    private final int threads;
    private final long holdUs;
    private final long durationUs;
    private final int timed;
    private final CountDownLatch arrived;
    private final CountDownLatch start = new CountDownLatch(1);
    private volatile boolean over;

    private Worker(HikariDataSource pool, Scanner cell) {
        this.pool = pool;
        threads = cell.nextInt();
        holdUs = cell.nextLong();
        durationUs = cell.nextLong();
        timed = cell.nextInt();
        arrived = new CountDownLatch(threads);
    }

    static void die(String text) {
        System.err.println(NAME + ": " + text);
        Runtime.getRuntime().halt(2);
    }

    private final class Member extends Thread {
        private long checkouts;
        private long held;
        private final Waits waits = new Waits();

        @Override
        public void run() {
            try {
                arrived.countDown();
                start.await();
                if (timed != 0) {
                    timeCycles();
                } else {
                    countCycles();
                }
            } catch (SQLException | InterruptedException failure) {
                die(failure.toString());
            }
        }

        private void countCycles() throws SQLException {
            long done = 0;
            while (!over) {
                Connection connection = pool.getConnection();
                StubDriver.Owned owned = connection.unwrap(StubDriver.Owned.class);
                owned.take();
                done++;
                owned.give();
                connection.close();
            }
            checkouts = done;
        }

        private void timeCycles() throws SQLException {
            long durationNs = holdUs * 1000;
            long withoutSince = System.nanoTime();
            while (!over) {
                Connection connection = pool.getConnection();
                long taken = System.nanoTime();
                StubDriver.Owned owned = connection.unwrap(StubDriver.Owned.class);
                owned.take();
                waits.add(taken - withoutSince);
                withoutSince = taken;
                if (!over) {
                    withoutSince = hold(taken, durationNs);
                    held += withoutSince - taken;
                    checkouts++;
                }
                owned.give();
                connection.close();
            }
        }
    }

    /** Keeps the connection, busy or asleep, and returns when that ended. */
    private static long hold(long from, long durationNs) {
        long now = from;
        while (now - from < durationNs) {
            if (durationNs > BUSY_UP_TO_NS) {
                LockSupport.parkNanos(durationNs - (now - from));
            }
            now = System.nanoTime();
        }
        return now;
    }

    private String run() throws InterruptedException {
        Member[] members = new Member[threads];
        for (int i = 0; i < threads; i++) {
            members[i] = new Member();
            members[i].start();
        }
        arrived.await();
        long began = System.nanoTime();
        start.countDown();
        Thread.sleep(durationUs / 1000, (int) (durationUs % 1000) * 1000);
        over = true;
        long elapsed = System.nanoTime() - began;
        for (Member member : members) {
            member.join();
        }
        return report(members, elapsed);
    }

    private String report(Member[] members, long elapsed) {
        Waits all = new Waits();
        long checkouts = 0;
        long held = 0;
        long most = 0;
        long fewest = Long.MAX_VALUE;
        for (Member member : members) {
            checkouts += member.checkouts;
            held += member.held;
            most = Math.max(most, member.checkouts);
            fewest = Math.min(fewest, member.checkouts);
            all.merge(member.waits);
        }
        return String.format("%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d",
                NAME, threads, holdUs, durationUs, timed, elapsed, checkouts, most, fewest,
                held / Math.max(checkouts, 1), all.quantile(0.5), all.quantile(0.99), all.most(),
                StubDriver.OPENED.get());
    }

    private static String version() throws IOException {
        Properties properties = new Properties();
        try (InputStream input = HikariDataSource.class.getResourceAsStream(
                "/META-INF/maven/com.zaxxer/HikariCP/pom.properties")) {
            properties.load(input);
        }
        return properties.getProperty("version");
    }

    private static HikariDataSource openPool() {
        HikariConfig config = new HikariConfig();
        config.setDriverClassName(StubDriver.class.getName());
        config.setJdbcUrl(StubDriver.URL);
        config.setMaximumPoolSize(CONNECTIONS);
        config.setConnectionTimeout(TIMEOUT_MS);
        return new HikariDataSource(config);
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        try (HikariDataSource pool = openPool()) {
            System.out.printf("%s\t%s, Java %s, a driver that does nothing%n", NAME, version(),
                    System.getProperty("java.version"));
            String line;
            while ((line = input.readLine()) != null) {
                System.out.println(new Worker(pool, new Scanner(line)).run());
            }
        }
    }
}
