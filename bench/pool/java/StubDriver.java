import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverPropertyInfo;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;

/** A driver whose connections do nothing. */
public final class StubDriver implements Driver {
    static final String URL = "jdbc:stub:";
    static final AtomicInteger OPENED = new AtomicInteger();

    /** What is below a connection of the pool's: whether it is taken. */
    static final class Owned implements InvocationHandler {
        private final AtomicBoolean taken = new AtomicBoolean();

        void take() {
            if (taken.getAndSet(true)) {
                Worker.die("a connection has two owners");
            }
        }

        void give() {
            if (!taken.getAndSet(false)) {
                Worker.die("a connection was given back twice");
            }
        }

        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) {
            Class<?> type = method.getReturnType();
            if (type == void.class) {
                return null;
            }
            if (type == boolean.class) {
                return true;
            }
            if (type == int.class) {
                return 0;
            }
            return method.getName().equals("unwrap") ? this : null;
        }
    }

    @Override
    public Connection connect(String url, Properties properties) {
        OPENED.incrementAndGet();
        return (Connection) Proxy.newProxyInstance(
                StubDriver.class.getClassLoader(), new Class<?>[] {Connection.class}, new Owned());
    }

    @Override
    public boolean acceptsURL(String url) {
        return url.equals(URL);
    }

    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, Properties properties) {
        return new DriverPropertyInfo[0];
    }

    @Override
    public int getMajorVersion() {
        return 1;
    }

    @Override
    public int getMinorVersion() {
        return 0;
    }

    @Override
    public boolean jdbcCompliant() {
        return false;
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getGlobal();
    }
}
