/** The same histogram as in ../waits.c. */
final class Waits {
    private static final int STEP_BITS = 6;
    private static final int BUCKETS = (64 - STEP_BITS + 1) << STEP_BITS;

    private final int[] buckets = new int[BUCKETS];
    private long count;
    private long most;

    private static int bucketOf(long value) {
        if (value < 1 << STEP_BITS) {
            return (int) Math.max(value, 0);
        }
        int shift = 63 - Long.numberOfLeadingZeros(value) - STEP_BITS;
        return (shift << STEP_BITS) + (int) (value >> shift);
    }

    private static long valueOf(int bucket) {
        int shift = (bucket >> STEP_BITS) - 1;
        if (shift <= 0) {
            return bucket;
        }
        long least = (long) (bucket - (shift << STEP_BITS)) << shift;
        return least + (1L << shift) / 2;
    }

    void add(long wait) {
        buckets[bucketOf(wait)]++;
        count++;
        most = Math.max(most, wait);
    }

    void merge(Waits more) {
        for (int i = 0; i < BUCKETS; i++) {
            buckets[i] += more.buckets[i];
        }
        count += more.count;
        most = Math.max(most, more.most);
    }

    long most() {
        return most;
    }

    long quantile(double part) {
        long wanted = (long) (part * count);
        long below = 0;
        for (int i = 0; i < BUCKETS; i++) {
            below += Integer.toUnsignedLong(buckets[i]);
            if (below > wanted) {
                return Math.min(valueOf(i), most);
            }
        }
        return most;
    }
}
