/* Branches, delay slots, links: each case returns a record of what was executed. void control_cases(uint32_t *out)
 *
 * Every case shifts 4 bits into $2 for each thing that happened, and stores it; control.c prints the list. */
    .option pic0
    .text
    .set noreorder
    .set noat
    .globl control_cases
    .ent control_cases

/* mark n: n becomes the lowest digit */
    .macro mark n
    sll     $2, $2, 4
    ori     $2, $2, \n
    .endm
    .macro keep
    sw      $2, 0($4)
    addiu   $4, $4, 4
    move    $2, $0
    .endm

/* A branch on $8 and $9 to 1f: slot marks 1 (one instruction: adds to $3), fall through marks 2, target marks 3. */
    .macro try branch:vararg
    move    $3, $0
    \branch
    addiu   $3, $3, 1
    mark    2
1:  mark    3
    sll     $2, $2, 4
    or      $2, $2, $3
    keep
    .endm

/* The same, and the link register relative to here. */
    .macro try_link branch:vararg
    move    $31, $0
    try     \branch
    la      $10, 1b
    beq     $31, $0, 2f
    move    $2, $0
    subu    $2, $10, $31
2:  keep
    .endm

    .macro all_of a, b
    li      $8, \a
    li      $9, \b
    try     beq $8, $9, 1f
    try     bne $8, $9, 1f
    try     beql $8, $9, 1f
    try     bnel $8, $9, 1f
    try     blez $8, 1f
    try     bgtz $8, 1f
    try     bltz $8, 1f
    try     bgez $8, 1f
    try     blezl $8, 1f
    try     bgtzl $8, 1f
    try     bltzl $8, 1f
    try     bgezl $8, 1f
    try_link bltzal $8, 1f
    try_link bgezal $8, 1f
    try_link bltzall $8, 1f
    try_link bgezall $8, 1f
    .endm

    .macro fcc n, value
    mtc1    $0, $f0
    c.\value\().s $fcc\n, $f0, $f0
    try     bc1f $fcc\n, 1f
    try     bc1t $fcc\n, 1f
    try     bc1fl $fcc\n, 1f
    try     bc1tl $fcc\n, 1f
    .endm

control_cases:
    addiu   $29, $29, -16
    sw      $31, 12($29)
    move    $2, $0
    all_of  0, 0
    all_of  1, -1
    all_of  -1, -1
    all_of  0x80000000, 0x7fffffff
    all_of  0x7fffffff, 0
    fcc     0, eq
    fcc     0, f
    fcc     3, eq
    fcc     7, f
    fcc     7, eq
    try     b 1f
    try     j 1f
    try_link jal 1f
    la      $8, 1f
    try     jr $8
    la      $8, 1f
    try_link jalr $8
/* jalr with a register of its own, and into $0 */
    la      $8, 1f
    try     jalr $9, $8
    la      $10, 1b
    subu    $2, $10, $9
    keep
    la      $8, 1f
    try     jalr $0, $8

/* the slot writes what the branch has read, and reads what the branch has written */
    li      $8, 5
    beq     $8, $0, 1f
    move    $8, $0
    mark    2
1:  or      $2, $2, $8
    keep
    li      $8, 5
    bne     $8, $0, 1f
    move    $8, $0
    mark    2
1:  mark    4
    or      $2, $2, $8
    keep
    bal     1f
    move    $9, $31
    mark    2
1:  subu    $2, $31, $9
    mark    5
    keep
    la      $8, 1f
    jr      $8
    lui     $8, 0x1234
    mark    2
1:  mark    6
    keep

/* a branch as the last word of a page, its slot the first of the next */
    j       5f
    move    $8, $0
    .align  12
    .space  4088
5:  addiu   $8, $8, 1
    bne     $8, $9, 6f
    addiu   $8, $8, 16
    mark    2
6:  move    $2, $8
    keep
/* straight over the end of a page */
    j       7f
    move    $8, $0
    .align  12
    .space  4092
7:  addiu   $8, $8, 1
    addiu   $8, $8, 2
    move    $2, $8
    keep

/* a loop of two instructions, with the work in the slot */
    li      $8, 1000
    move    $9, $0
1:  addiu   $8, $8, -1
    bne     $8, $0, 1b
    addu    $9, $9, $8
    move    $2, $9
    keep

    lw      $31, 12($29)
    jr      $31
    addiu   $29, $29, 16
    .end control_cases
