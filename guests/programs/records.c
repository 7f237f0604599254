/* records: the mix of an ordinary program.
 *
 * Isolates nothing on purpose: structure assignment, short strings, a linked list, a switch on an enumeration, calls
 * with and without results, some division: what synthetic system benchmarks of the eighties were made of, written
 * afresh. A strategy that wins on the isolating programs should show something here. SIZE is the number of days that
 * a small shop with 32 customers is open.
 *
 * Books must balance: stock and money are counted a second way at the end of every sixteenth day; what the first
 * sixteen days come to is known.
 */
#include "common.h"

enum { CUSTOMERS = 32, GOODS = 8, START_STOCK = 5000, START_MONEY = 100000 };
enum action { BUY, RETURN, ASK, PAY_DEBT, IDLE };

struct item {
    char name[12];
    int32_t price, stock;
};

struct customer {
    struct customer *next;
    char name[20];
    int32_t money, debt, owned[GOODS];
    struct item last;
};

static struct item goods[GOODS];
static struct customer customers[CUSTOMERS], *queue;
static int32_t till;

static APART void make_name(char *to, const char *stem, uint32_t n) {
    while (*stem)
        *to++ = *stem++;
    *to++ = (char)('0' + n / 10);
    *to++ = (char)('0' + n % 10);
    *to = 0;
}

static APART int same(const char *a, const char *b) {
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static APART struct item *find_item(const char *name) {
    for (int i = 0; i < GOODS; i++)
        if (same(goods[i].name, name))
            return &goods[i];
    return NULL;
}

static APART enum action decide(const struct customer *c, uint32_t mood) {
    if (c->debt > 500)
        return PAY_DEBT;
    switch (mood % 7) {
    case 0:
    case 1:
    case 2: return BUY;
    case 3: return RETURN;
    case 4: return ASK;
    default: return mood & 64 ? BUY : IDLE;
    }
}

static APART void buy(struct customer *c, struct item *item, int32_t count) {
    int32_t cost = item->price * count;
    if (item->stock < count)
        return;
    item->stock -= count;
    c->owned[item - goods] += count;
    if (c->money >= cost) {
        c->money -= cost;
        till += cost;
    } else {
        c->debt += cost;
    }
    c->last = *item;
}

static APART void give_back(struct customer *c) {
    struct item *item = find_item(c->last.name);
    if (!item || c->owned[item - goods] == 0)
        return;
    c->owned[item - goods]--;
    item->stock++;
    c->money += item->price;
    till -= item->price;
}

static APART void pay(struct customer *c) {
    int32_t part = c->debt < c->money ? c->debt : c->money;
    c->debt -= part;
    c->money -= part;
    till += part;
    if (part == 0) /* a patron forgives */
        c->debt /= 2;
}

static APART uint32_t one_day(uint32_t *seed) {
    uint32_t sum = 0;
    for (struct customer *c = queue; c; c = c->next) {
        uint32_t mood = next_random(seed) >> 5;
        struct item *item = &goods[mood % GOODS];
        switch (decide(c, mood)) {
        case BUY: buy(c, item, (int32_t)(mood >> 8 & 3) + 1); break;
        case RETURN: give_back(c); break;
        case ASK: sum += (uint32_t)(find_item(item->name)->price % 7); break;
        case PAY_DEBT: pay(c); break;
        case IDLE: c->last.price++; break;
        }
        c->money += 40; /* wages come from outside */
        sum += (uint32_t)(c->money ^ c->debt);
    }
    return sum;
}

static void rotate_queue(uint32_t first) {
    for (uint32_t i = 0; i < CUSTOMERS; i++) {
        uint32_t at = (first + i) % CUSTOMERS;
        customers[at].next = i + 1 < CUSTOMERS ? &customers[(at + 1) % CUSTOMERS] : NULL;
    }
    queue = &customers[first % CUSTOMERS];
}

/* Every 64 days all goods come back as gifts, or the shelves would be empty for the rest of a long run. */
static void restock(void) {
    for (int g = 0; g < GOODS; g++) {
        goods[g].stock = START_STOCK;
        for (int i = 0; i < CUSTOMERS; i++)
            customers[i].owned[g] = 0;
    }
}

static void check_books(uint32_t days) {
    int32_t money = till;
    for (int g = 0; g < GOODS; g++) {
        int32_t count = goods[g].stock;
        for (int i = 0; i < CUSTOMERS; i++)
            count += customers[i].owned[g];
        expect("pieces of an item", (uint32_t)count, START_STOCK);
    }
    for (int i = 0; i < CUSTOMERS; i++)
        money += customers[i].money;
    expect("money", (uint32_t)money, CUSTOMERS * (START_MONEY + 40 * days));
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 10, NULL, 0), seed = 77, sum = 0;

    for (uint32_t g = 0; g < GOODS; g++) {
        make_name(goods[g].name, "article", g);
        goods[g].price = (int32_t)(g * 13 + 9);
    }
    for (uint32_t i = 0; i < CUSTOMERS; i++) {
        make_name(customers[i].name, "customer-nr-", i);
        customers[i].money = START_MONEY;
        customers[i].debt = 0;
        customers[i].last = goods[i % GOODS];
    }
    till = 0;
    restock();
    for (uint32_t day = 0; day < size; day++) {
        rotate_queue(day);
        sum = mix(sum, one_day(&seed));
        if (day == 15)
            expect("sixteen days", sum, 0x9c6cb05b);
        if ((day & 15) == 0)
            check_books(day + 1);
        if ((day & 63) == 63)
            restock();
    }
    return finish(sum);
}
