from pylibfranka import Robot

class RobotInterface:
    robot: Robot
    def __init__(self, ip: str | None = ..., read_tool: bool = ...) -> None: ...
